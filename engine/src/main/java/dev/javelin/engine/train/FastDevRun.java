package dev.javelin.engine.train;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.EarlyStopping;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.RunReport;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.world.Member;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A few steps through all of a run's code, in a folder that does not outlive them: training, validation, a checkpoint that
 * is written and read again, logs. The folder lies where the run's own would, on the same disk, so that what would go wrong
 * there does; the first rank makes and removes it.
 */
final class FastDevRun implements AutoCloseable {
    private static final String KEY = "fast-dev-run/folder";

    private final Path folder;
    private final boolean first;

    private FastDevRun(Path folder, boolean first) {
        this.folder = folder;
        this.first = first;
    }

    /**
     * Makes the folder; all ranks learn which.
     *
     * @param near the folder of the run that is tried; null for the system's place for such things
     * @param member null for a rank alone
     * @throws JavelinException {@code JVL-CKP-0022} if it cannot be made
     */
    static FastDevRun begin(@Nullable Path near, @Nullable Member member) {
        if (member == null) {
            return new FastDevRun(temporary(near), true);
        }
        if (member.rank() == 0) {
            FastDevRun run = new FastDevRun(temporary(near), true);
            member.put(KEY, run.folder.toString().getBytes(StandardCharsets.UTF_8));
            return run;
        }
        return new FastDevRun(Path.of(new String(member.get(KEY), StandardCharsets.UTF_8)), false);
    }

    private static Path temporary(@Nullable Path near) {
        Path parent = near == null ? null : near.toAbsolutePath().normalize();
        while (parent != null && !Files.isDirectory(parent)) {
            parent = parent.getParent();
        }
        String prefix = ".javelin-fast-dev-run-";
        try {
            return parent == null ? Files.createTempDirectory(prefix) : Files.createTempDirectory(parent, prefix);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0022",
                    "cannot make a folder " + (parent == null ? "for a fast-dev-run" : "in " + parent) + ": " + e,
                    "give a folder that you may write to with TrainerOptions.withOut (fit --out)",
                    e);
        }
    }

    /**
     * Looks whether a run may be tried so.
     *
     * @throws JavelinException {@code JVL-CFG-0094} if its steps shall be profiled too
     */
    static void requireNoProfile(TrainerOptions options) {
        if (options.fastDevRun() > 0 && options.profiling() != null) {
            throw new JavelinException(
                    "JVL-CFG-0094",
                    "a fast-dev-run that shall be profiled: it leaves no files, and has no steps after a warm-up",
                    "leave out one of the two: --fast-dev-run (trainer.fastDevRun) or --profile (profile.steps)");
        }
    }

    /** Where the run's files lie while it goes on. */
    Path folder() {
        return folder;
    }

    /**
     * The options of the few steps.
     *
     * @param step that the run goes on behind; 0 for a new one
     */
    TrainerOptions shorten(TrainerOptions options, long step) {
        int steps = options.fastDevRun();
        CheckpointOptions kept = options.checkpoints();
        return options.withMaxSteps(step + steps)
                .withValidateEvery(steps)
                .withValidationBatches(steps)
                .withCheckpoints(new CheckpointOptions(steps, kept.keepLast(), kept.keepBest()))
                .withEarlyStopping(patient(options.earlyStopping()))
                .withOut(folder);
    }

    /** It watches, so that a name which nothing logs is found, and ends nothing. */
    private static EarlyStopping patient(EarlyStopping asked) {
        return asked.active()
                ? new EarlyStopping(Integer.MAX_VALUE, asked.minDelta(), asked.monitor(), asked.goal())
                : asked;
    }

    /** Reads the checkpoint that was written, as a run that goes on would. All ranks call it. */
    static void readBack(Path out, TrainerOptions options, Session session, DataPrint data, Dealt rank) {
        session.anyRank(false, false); // written by the first
        try (Checkpoint checkpoint = Checkpoint.open(out)) {
            RunState.decode(checkpoint, options, data);
            Restoring.all(checkpoint, session, rank);
        }
        session.anyRank(false, false); // read by all
    }

    /** The result, without what lies in the folder. */
    static FitResult without(FitResult result) {
        RunReport report = result.report();
        return new FitResult(
                result.parameters(),
                result.steps(),
                result.finalLoss(),
                result.validationLoss(),
                result.tokensPerSecondMedian(),
                result.predictedPeakDeviceBytes(),
                result.measuredPeakDeviceBytes(),
                result.wallSeconds(),
                null,
                result.interrupted(),
                new RunReport(
                        report.ending(),
                        report.reason(),
                        List.of(),
                        report.throughput(),
                        report.spikes(),
                        report.spikeCount(),
                        report.skippedSteps()));
    }

    @Override
    public void close() {
        if (!first) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0021",
                    "cannot remove the folder " + folder + " of a fast-dev-run: " + e,
                    "remove it by hand",
                    e);
        }
    }
}
