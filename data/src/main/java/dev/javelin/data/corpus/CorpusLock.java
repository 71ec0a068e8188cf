package dev.javelin.data.corpus;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Lets one preparation at a time work on a corpus: a lock on a hidden file beside it, which stays. The system lets go of it
 * when a process ends, however it ends.
 */
final class CorpusLock implements AutoCloseable {
    private static final long PAUSE_MILLIS = 100;

    private final FileChannel channel;

    private CorpusLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Waits for the lock.
     *
     * @param waiting is run once if somebody else has it
     */
    static CorpusLock acquire(Path file, Runnable waiting) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean told = false;
        try {
            while (!locked(channel)) {
                if (!told) {
                    waiting.run();
                    told = true;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
            return new CorpusLock(channel);
        } catch (InterruptedException e) {
            channel.close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + file, e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // a thread of this JVM has it
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
