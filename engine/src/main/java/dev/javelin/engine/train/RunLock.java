package dev.javelin.engine.train;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps two processes from writing to one run folder. The system frees it when a process dies. */
final class RunLock implements AutoCloseable {
    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the folder, which is made if need be.
     *
     * @throws JavelinException {@code JVL-CFG-0031} if another run holds it, {@code JVL-CKP-0022} if it cannot be
     *     written to
     */
    static RunLock take(Path run) {
        try {
            Files.createDirectories(run);
            FileChannel channel =
                    FileChannel.open(run.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) != null) {
                return new RunLock(channel);
            }
            channel.close();
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0022",
                    "cannot write to the folder " + run.toAbsolutePath() + ": " + e,
                    "give a folder that you may write to with TrainerOptions.withOut (fit --out)",
                    e);
        }
        throw new JavelinException(
                "JVL-CFG-0031",
                "another process is training in " + run.toAbsolutePath(),
                "wait for it or stop it, or give another folder with TrainerOptions.withOut (fit --out)");
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // the lock goes with the process at the latest
        }
    }
}
