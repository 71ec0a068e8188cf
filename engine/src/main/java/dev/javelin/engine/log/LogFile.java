package dev.javelin.engine.log;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.RunSummary;
import java.io.IOException;
import java.nio.file.Path;

/** The numbers of a run in a file. It belongs to whoever made it, and is closed by it. */
public abstract class LogFile implements Callback, AutoCloseable {
    private final Path folder;
    private boolean open;

    LogFile(Path folder) {
        this.folder = folder;
    }

    /** Where the file lies. */
    public final Path folder() {
        return folder;
    }

    /**
     * Opens the file for appending, after cutting off what lies behind a step and what is not whole. {@link #onStart}
     * does the same if nobody has.
     *
     * @return seconds that the run had taken by the last row that stays; 0 if the log does not tell
     * @throws JavelinException {@code JVL-CKP-0022} if the file cannot be read or written
     */
    public final double open(long afterStep) {
        close();
        try {
            double seconds = begin(afterStep);
            open = true;
            return seconds;
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    @Override
    public final void onStart(RunSummary run) {
        if (!open) {
            open(run.firstStep() - 1);
        }
    }

    @Override
    public final void close() {
        if (open) {
            open = false;
            attempt(this::end);
        }
    }

    /** Cuts and opens. */
    abstract double begin(long afterStep) throws IOException;

    /** Closes what {@link #begin} opened. */
    abstract void end() throws IOException;

    /** Something to do with the file. */
    @FunctionalInterface
    interface Writing {
        void run() throws IOException;
    }

    final void attempt(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private JavelinException unwritable(IOException cause) {
        return new JavelinException(
                "JVL-CKP-0022",
                "cannot write the log in " + folder.toAbsolutePath() + ": " + cause,
                "free space there, or give a folder that you may write to with trainer.out; checkpoints written before"
                        + " are whole, go on from them with --resume",
                cause);
    }
}
