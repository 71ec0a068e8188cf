package dev.javelin.engine.train;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.log.RunLogs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The files that a run writes into its folder, taken together. Whoever changes them holds the folder's lock. */
final class RunFiles {
    /** The configuration, for people; checkpoints carry their own. */
    static final String CONFIG = "config.yaml";

    private RunFiles() {}

    /** True if a folder holds what a run writes: a log or a checkpoint. */
    static boolean holdsRun(Path folder) {
        return RunLogs.in(folder) || RunFolder.newest(folder).isPresent();
    }

    /**
     * Removes a run's logs, summary, configuration and checkpoints, to make room for another; other files stay.
     *
     * @throws JavelinException {@code JVL-CKP-0021} if something cannot be removed
     */
    static void clear(Path folder) {
        try {
            RunLogs.remove(folder);
            Files.deleteIfExists(folder.resolve(SummaryFile.FILE));
            Files.deleteIfExists(folder.resolve(CONFIG));
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0021",
                    "cannot clear the folder " + folder.toAbsolutePath() + ": " + e,
                    "check your rights there, or give another folder with TrainerOptions.withOut (fit --out)",
                    e);
        }
        RunFolder.removeFrom(folder, 0, -1);
    }

    /**
     * Writes the configuration, whole or not at all.
     *
     * @throws JavelinException {@code JVL-CKP-0022} if it cannot be written
     */
    static void writeConfig(Path folder, String text) {
        try {
            Path partial = folder.resolve("." + CONFIG + ".partial");
            Files.writeString(partial, text);
            Files.move(partial, folder.resolve(CONFIG), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0022",
                    "cannot write to the folder " + folder.toAbsolutePath() + ": " + e,
                    "check your rights and the space there, or give another folder with TrainerOptions.withOut"
                            + " (fit --out)",
                    e);
        }
    }
}
