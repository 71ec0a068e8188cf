package dev.javelin.data.corpus;

import java.nio.file.Path;

/** Hears how far a preparation is, on the thread that prepares. */
public interface PreparationListener {

    /** Another process, or another thread, prepares this very corpus; this one waits for it. */
    default void onWaiting(Path corpus) {}

    /**
     * The work begins.
     *
     * @param files to be read
     * @param bytes of text in them
     */
    default void onStart(long files, long bytes) {}

    /**
     * So much is done.
     *
     * @param bytes of text
     * @param tokens written
     */
    default void onProgress(long bytes, long tokens) {}

    /** Nobody listens. */
    static PreparationListener none() {
        return new PreparationListener() {};
    }
}
