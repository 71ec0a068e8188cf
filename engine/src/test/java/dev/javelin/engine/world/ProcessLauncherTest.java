package dev.javelin.engine.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.ProcessLauncher.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Real processes, and what can happen to them. */
@Timeout(180)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent by kill")
class ProcessLauncherTest {
    private static final long TIMEOUT_MILLIS = 2_000;
    private static final long FOR_EVER = 1_000_000_000;
    private static final Pattern PID = Pattern.compile("(?:\\[rank (\\d+)] )?pid (\\d+)");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private ProcessLauncher launcher(int processes, String scenario, long rounds) {
        List<String> command = Java.command(RankProcess.class, scenario, rounds, TIMEOUT_MILLIS);
        return new ProcessLauncher(
                Launch.of(command, processes).withOutput(out, err),
                WorldOptions.standard().withVersion("test").withTimeoutMillis(TIMEOUT_MILLIS));
    }

    private static CompletableFuture<Outcome> start(ProcessLauncher launcher) {
        CompletableFuture<Outcome> run = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> run.complete(launcher.run()));
        return run;
    }

    private String errors() {
        synchronized (err) {
            return err.toString(StandardCharsets.UTF_8);
        }
    }

    /** The two processes, once both are in their rounds; an error if the run ends before. */
    private Map<Integer, Long> pids(CompletableFuture<?> run) {
        Map<Integer, Long> pids = new TreeMap<>();
        while (pids.size() < 2) {
            assertFalse(run.isDone(), this::errors);
            Matcher line = PID.matcher(errors());
            while (line.find()) {
                pids.put(line.group(1) == null ? 0 : Integer.parseInt(line.group(1)), Long.parseLong(line.group(2)));
            }
            LockSupport.parkNanos(1_000_000);
        }
        return pids;
    }

    private static void signal(String name, long pid) {
        try {
            assertEquals(
                    0, new ProcessBuilder("kill", "-" + name, "" + pid).start().waitFor());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Nothing that was started is left. */
    @AfterEach
    void noProcessIsLeft() {
        Matcher line = PID.matcher(errors());
        while (line.find()) {
            long pid = Long.parseLong(line.group(2));
            assertFalse(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false), "pid " + pid + " is left");
        }
    }

    private RankFailure failure(Outcome outcome, String code, int rank) {
        RankFailure failure = outcome.failure().orElseThrow(() -> new AssertionError(outcome + errors()));
        assertEquals(4, outcome.exitCode());
        assertEquals(code, failure.code(), failure.getMessage());
        assertEquals(rank, failure.rank(), failure.getMessage());
        return failure;
    }

    @Test
    void manyCleanRoundsRaiseNoAlarmAndTheWordsOfProcessZeroComeThrough() {
        Outcome outcome = launcher(3, "clean", 3_000).run();

        assertEquals(new Outcome(0, Optional.empty()), outcome, this::errors);
        assertEquals("sum 3000 ranks 3 PROCESSES\n", out.toString(StandardCharsets.UTF_8));
        assertTrue(errors().contains("[rank 2] ended well\n"), errors());
    }

    @Test
    void aKilledProcessIsNamedWithItsSignalAndTheOthersSayTheSame() {
        CompletableFuture<Outcome> run = start(launcher(2, "clean", FOR_EVER));
        long pid = pids(run).get(1);
        signal("KILL", pid);

        RankFailure failure = failure(run.join(), "JVL-RNK-0001", 1);
        assertTrue(failure.problem().contains("pid " + pid), failure.problem());
        assertTrue(failure.problem().contains("signal 9 (SIGKILL)"), failure.problem());
        assertTrue(failure.problem().contains("rank 0 waits in round"), failure.problem());
        assertTrue(errors().contains(failure.getMessage()), errors());
    }

    @Test
    void processZeroMayBeTheOneThatIsKilled() {
        CompletableFuture<Outcome> run = start(launcher(2, "clean", FOR_EVER));
        signal("KILL", pids(run).get(0));

        failure(run.join(), "JVL-RNK-0001", 0);
    }

    @Test
    void aProcessThatExitsIsNamedWithItsCode() {
        RankFailure failure = failure(launcher(2, "exit", FOR_EVER).run(), "JVL-RNK-0001", 1);

        assertTrue(failure.problem().contains("exited with code 3"), failure.problem());
        assertTrue(failure.problem().contains("round 50"), failure.problem());
    }

    @Test
    void anExceptionIsToldWithItsMessage() {
        RankFailure failure = failure(launcher(3, "throw", FOR_EVER).run(), "JVL-RNK-0003", 1);

        assertTrue(failure.problem().contains("broken model"), failure.problem());
        assertTrue(errors().contains("[rank 2] " + failure.getMessage()), errors());
    }

    @Test
    void aStoppedProcessIsMissedAndKilled() {
        CompletableFuture<Outcome> run = start(launcher(2, "clean", FOR_EVER));
        signal("STOP", pids(run).get(1));

        RankFailure failure = failure(run.join(), "JVL-RNK-0001", 1);
        assertTrue(failure.problem().contains("has not been heard of"), failure.problem());
        assertTrue(failure.problem().contains("rank 0 waits in round"), failure.problem());
    }

    @Test
    void aRankThatStandsStillIsNamedWithWhatItDid() {
        RankFailure failure = failure(launcher(2, "stall", FOR_EVER).run(), "JVL-RNK-0002", 1);

        assertTrue(failure.problem().contains("matmul of h.3"), failure.problem());
        assertTrue(failure.problem().contains("rank 0 waits in round 50 in the words of rank 0"), failure.problem());
    }

    @Test
    void aRankThatLeavesOutARoundIsNamedWithBothCalls() {
        RankFailure failure = failure(launcher(3, "skip", FOR_EVER).run(), "JVL-RNK-0004", 1);

        assertTrue(
                failure.problem().contains("round 51 in the words of rank 1 while ranks 0, 2 are in round 50"),
                failure.problem());
    }

    @Test
    void anEvaluationLongerThanTheTimeoutIsNoFailure() {
        assertEquals(
                new Outcome(0, Optional.empty()), launcher(2, "evaluate", 100).run(), this::errors);
    }

    @Test
    void anErrorOfAllProcessesAlikeKeepsItsExitCode() {
        assertEquals(
                new Outcome(2, Optional.empty()),
                launcher(3, "misconfigured", 1).run(),
                this::errors);
        assertTrue(errors().contains("JVL-CFG-0001"), errors());
    }

    @Test
    void aCommandThatCannotBeStartedIsNamed() {
        ProcessLauncher launcher = new ProcessLauncher(
                Launch.of(List.of("/nowhere/java"), 2).withOutput(out, err), WorldOptions.standard());

        // With setsid the failure shows as its exit code, without it as an error of the launcher.
        try {
            assertEquals(127, launcher.run().exitCode());
        } catch (JavelinException e) {
            assertEquals("JVL-RNK-0011", e.code());
        }
    }

    @Test
    void askedToStopTheProcessesEndInTheirOwnWay() {
        ProcessLauncher launcher = launcher(2, "graceful", FOR_EVER);
        CompletableFuture<Outcome> run = start(launcher);
        pids(run);
        launcher.stop();

        assertEquals(new Outcome(143, Optional.empty()), run.join(), this::errors);
        assertTrue(errors().contains("ended well"), errors());
    }

    @Test
    void aWorldOfProcessesStartedByHandNeedsNoLauncher() throws IOException, InterruptedException {
        int port = Party.freePort();
        List<Process> processes = new java.util.ArrayList<>();
        for (int process = 0; process < 2; process++) {
            processes.add(
                    new ProcessBuilder(Java.command(RankProcess.class, "clean", 200, TIMEOUT_MILLIS, process, 2, port))
                            .redirectErrorStream(true)
                            .start());
        }
        String zero = new String(processes.get(0).getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String one = new String(processes.get(1).getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(0, processes.get(0).waitFor(), zero);
        assertEquals(0, processes.get(1).waitFor(), one);
        assertTrue(zero.contains("sum 200 ranks 2"), zero);
    }

    @Test
    void processesStartedByHandNameTheOneThatWatchesWhenItIsKilled() throws IOException, InterruptedException {
        int port = Party.freePort();
        Process zero = byHand("clean", 0, port);
        Process one = byHand("clean", 1, port);
        new String(zero.getErrorStream().readNBytes(4), StandardCharsets.UTF_8);
        zero.destroyForcibly();
        String told = new String(one.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(4, one.waitFor(), told);
        assertTrue(told.contains("JVL-RNK-0001 rank 0 (pid " + zero.pid() + ")"), told);
    }

    @Test
    void strangersAndGarbageDoNotDisturbRunningProcesses() throws IOException, InterruptedException {
        int port = Party.freePort();
        Process zero = byHand("graceful", 0, port);
        Process one = byHand("graceful", 1, port);
        zero.getErrorStream().readNBytes(4);
        long seed = 20_27;
        byte[] noise = new byte[100_000];
        new java.util.Random(seed).nextBytes(noise);
        for (int i = 0; i < 5; i++) {
            Party.send(port, noise);
        }
        WorldPlace stranger =
                WorldPlace.of("by hand", 1, 2, "127.0.0.1", port).withSecret(Optional.of(Secret.random()));
        JavelinException refused = assertThrows(
                JavelinException.class,
                () -> Worlds.join(stranger, WorldOptions.standard().withVersion("test")));
        assertEquals("JVL-RNK-0007", refused.code());
        zero.toHandle().destroy();
        String told = new String(zero.getErrorStream().readAllBytes(), StandardCharsets.UTF_8)
                + new String(one.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(143, zero.waitFor(), told);
        assertEquals(0, one.waitFor(), told);
        assertTrue(told.contains("dropped a connection from"), told);
        assertTrue(told.contains("does not know the secret"), told);
    }

    private static Process byHand(String scenario, int process, int port) throws IOException {
        return new ProcessBuilder(Java.command(RankProcess.class, scenario, FOR_EVER, TIMEOUT_MILLIS, process, 2, port))
                .start();
    }

    private Process launcherProcess(String scenario) throws IOException {
        List<String> command = Java.command(LauncherProcess.class, 2, TIMEOUT_MILLIS);
        command.addAll(Java.command(RankProcess.class, scenario, FOR_EVER, TIMEOUT_MILLIS));
        Process process = new ProcessBuilder(command).start();
        Thread.ofVirtual().start(() -> {
            try {
                byte[] bytes = new byte[1024];
                for (int n = process.getErrorStream().read(bytes);
                        n >= 0;
                        n = process.getErrorStream().read(bytes)) {
                    synchronized (err) {
                        err.write(bytes, 0, n);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return process;
    }

    private static void awaitEnd(Iterable<Long> pids) {
        for (long pid : pids) {
            ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
        }
    }

    @Test
    void processesWhoseLauncherIsKilledEndByThemselves() throws IOException {
        Process launcher = launcherProcess("clean");
        Map<Integer, Long> pids = pids(launcher.onExit());
        launcher.toHandle().destroyForcibly();

        awaitEnd(pids.values());
    }

    @Test
    void evenIfTheyAreStuck() throws IOException {
        Process launcher = launcherProcess("stall");
        Map<Integer, Long> pids = pids(launcher.onExit());
        launcher.toHandle().destroyForcibly();

        awaitEnd(pids.values());
    }

    @Test
    void aLauncherThatIsToldToEndAsksItsProcessesFirst() throws IOException, InterruptedException {
        Process launcher = launcherProcess("graceful");
        Map<Integer, Long> pids = pids(launcher.onExit());
        launcher.toHandle().destroy();

        assertEquals(143, launcher.waitFor());
        awaitEnd(pids.values());
        assertTrue(errors().contains("ended well"), errors());
    }

    @Test
    void aProcessWithoutALauncherSaysThatItsPlaceIsMissing() {
        JavelinException error = assertThrows(
                JavelinException.class,
                () -> WorldPlace.fromStdin(
                        new java.io.ByteArrayInputStream("hello\n".getBytes(StandardCharsets.UTF_8))));

        assertEquals("JVL-RNK-0009", error.code());
    }
}
