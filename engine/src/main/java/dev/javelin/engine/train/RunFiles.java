package dev.javelin.engine.train;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files that a run writes into its folder, taken together. */
public final class RunFiles {

    private RunFiles() {}

    /** True if a folder holds what a run writes: metrics or a checkpoint. */
    public static boolean holdsRun(Path folder) {
        return Files.exists(folder.resolve(MetricsFile.METRICS))
                || RunFolder.newest(folder).isPresent();
    }

    /**
     * Removes a run's metrics, summary and checkpoints, to make room for another; other files stay.
     *
     * @throws JavelinException {@code JVL-CFG-0031} if a run is being written there, {@code JVL-CKP-0021} if something
     *     cannot be removed
     */
    @SuppressWarnings("try") // the lock is held, not used
    public static void clear(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (RunLock ignored = RunLock.take(folder)) {
            Files.deleteIfExists(folder.resolve(MetricsFile.METRICS));
            Files.deleteIfExists(folder.resolve(MetricsFile.SUMMARY));
            RunFolder.removeFrom(folder, 0, -1);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0021",
                    "cannot clear the folder " + folder.toAbsolutePath() + ": " + e,
                    "check your rights there, or give another folder with --out",
                    e);
        }
    }
}
