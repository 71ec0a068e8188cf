package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.trainer.FitResult;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.EngineTrainer;
import dev.javelin.engine.world.Launch;
import dev.javelin.engine.world.ProcessLauncher;
import dev.javelin.engine.world.ProcessLauncher.Outcome;
import dev.javelin.engine.world.RankFailure;
import dev.javelin.engine.world.WorldOptions;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Two {@link FaultyRank}s, started by a launcher in this JVM; run once. */
final class RankJob {
    private static final Pattern FAULT = Pattern.compile("fault \\w+ at (\\d+)");

    private final String mark = "javelin.faults=" + UUID.randomUUID();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final FaultyRank.Job job;
    private final Outcome outcome;
    private final long endNanos;

    private RankJob(FaultyRank.Job job) {
        this.job = job;
        List<String> command = Jvm.command(mark, FaultyRank.class.getName(), job.arguments());
        ProcessLauncher launcher = new ProcessLauncher(
                Launch.of(command, 2).withOutput(out, err),
                WorldOptions.standard().withTimeoutMillis(Bound.TIMEOUT_SECONDS * 1000L));
        Set<Integer> ports = Traces.ports(List.of(ProcessHandle.current().pid()));
        outcome = launcher.run();
        endNanos = System.nanoTime();
        assertEquals(ports, Traces.ports(List.of(ProcessHandle.current().pid())), "ports of the launcher");
        Traces.assertNone(mark, List.of(), Set.of(), job.out());
    }

    /** Runs a job to its end, which leaves nothing but its folder. */
    static RankJob run(FaultyRank.Job job) {
        return new RankJob(job);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** Checks that nothing went wrong. */
    void assertWell() {
        assertEquals(0, outcome.exitCode(), this::err);
        assertTrue(outcome.failure().isEmpty(), this::err);
    }

    /** When the fault happened; of several the first. */
    private long faultNanos() {
        Matcher line = FAULT.matcher(err());
        assertTrue(line.find(), this::err);
        return Long.parseLong(line.group(1));
    }

    /** Checks that the job ended in time by the failure of a rank, which names the guilty one and uses these words. */
    void assertFailed(String code, String... words) {
        RankFailure failure = assertFailed(code, List.of(words));
        Bound.check(job.fault() + " in rank " + job.guilty() + ", " + job.communicator(), faultNanos(), endNanos);
        assertTrue(err().contains(failure.problem()), () -> "the ranks do not say the same as the launcher:\n" + err());
    }

    /** The same for what is found out before the first step, which has no moment. */
    void assertRefused(String code, String... words) {
        assertFailed(code, List.of(words));
        System.out.println(
                "fault matrix: " + job.fault() + " in rank " + job.guilty() + ": refused before the first step: "
                        + outcome.failure().orElseThrow().getMessage());
    }

    private RankFailure assertFailed(String code, List<String> words) {
        RankFailure failure = outcome.failure().orElseThrow(() -> new AssertionError(outcome + "\n" + err()));
        assertEquals(4, outcome.exitCode(), this::err);
        assertEquals(code, failure.code(), failure.getMessage());
        assertEquals(job.guilty(), failure.rank(), failure.getMessage());
        for (String word : words) {
            assertTrue(failure.getMessage().contains(word), () -> "no '" + word + "' in " + failure.getMessage());
        }
        return failure;
    }

    /** Checks that the last checkpoint is whole, and that the run can go on from it. */
    void assertGoesOn(long step) {
        try (Checkpoint checkpoint = Checkpoint.open(job.out())) {
            checkpoint.verify();
            assertEquals(step, checkpoint.step());
        }
        FitResult result = new EngineTrainer(
                        FaultyRank.settings("local", step + 3, job.out()).withResume(job.out()),
                        PluginRegistry.ofModulePath())
                .fit(new FaultyModel(Fault.NONE), FaultyRank.Job.data(Fault.NONE), null);
        assertEquals(step + 3, result.steps());
    }
}
