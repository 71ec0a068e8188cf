package dev.javelin.engine.train;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a run and what may happen to what it holds.
 *
 * @param path null keeps nothing
 * @param existing what happens to another run in it
 */
record OutFolder(@Nullable Path path, RunSetup.Existing existing) {

    /**
     * Looks whether the run may use the folder; changes nothing.
     *
     * @param checkpoint to go on from; null for a new run
     * @throws JavelinException {@code JVL-CFG-0030}, {@code 0052} or {@code 0053} if not
     */
    void requireFree(@Nullable Checkpoint checkpoint) {
        Path out = path;
        if (out == null || !RunFiles.holdsRun(out)) {
            return;
        }
        if (goesOn(out, checkpoint)) {
            long newest = RunFolder.newest(out).map(RunFolder.Found::step).orElse(0L);
            long from = Objects.requireNonNull(checkpoint).step();
            if (newest > from && !replaces()) {
                throw new JavelinException(
                        "JVL-CFG-0053",
                        out.toAbsolutePath() + " holds checkpoints up to step " + newest + ", going on from step "
                                + from + " would replace them",
                        "give another folder with TrainerOptions.withOut (fit --out), or replace them by"
                                + " RunSetup.Existing.REPLACE (fit --overwrite)");
            }
            if (newest <= from && replaces()) {
                throw new JavelinException(
                        "JVL-CFG-0052",
                        "asked both to go on with the run in " + out.toAbsolutePath() + " and to replace it",
                        "give one of the two: TrainerOptions.withResume (fit --resume) goes on,"
                                + " RunSetup.Existing.REPLACE (fit --overwrite) starts over");
            }
            return;
        }
        if (!replaces()) {
            throw new JavelinException(
                    "JVL-CFG-0030",
                    "the folder " + out.toAbsolutePath() + " holds a run already",
                    "go on with it by TrainerOptions.withResume (fit --resume " + out + "), replace it by"
                            + " RunSetup.Existing.REPLACE (fit --overwrite), or give another folder with"
                            + " TrainerOptions.withOut (fit --out)");
        }
    }

    private boolean replaces() {
        return existing == RunSetup.Existing.REPLACE;
    }

    /** Removes another run's files, if that was asked for. */
    void clear(@Nullable Checkpoint checkpoint) {
        if (path != null && replaces() && !goesOn(path, checkpoint)) {
            RunFiles.clear(path);
        }
    }

    /** Whether the run continues the one in its own folder. */
    private static boolean goesOn(Path out, @Nullable Checkpoint checkpoint) {
        return checkpoint != null && real(out).equals(real(run(checkpoint)));
    }

    /** Without links, so that one folder has one name. */
    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            return folder.toAbsolutePath().normalize();
        }
    }

    /** The folder of the run that a checkpoint belongs to. */
    static Path run(Checkpoint checkpoint) {
        return checkpoint.folder().toAbsolutePath().resolveSibling("");
    }
}
