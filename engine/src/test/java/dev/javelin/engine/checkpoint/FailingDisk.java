package dev.javelin.engine.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;

/** A disk that works for a number of actions (a create, a piece written, a sync, a move) and then fails in one way. */
final class FailingDisk implements Disk {
    private static final int PIECE_BYTES = 64;

    private final Disk real = Disk.real();
    private final Supplier<? extends Throwable> failure;
    private long left;

    FailingDisk(long actions, Supplier<? extends Throwable> failure) {
        this.left = actions;
        this.failure = failure;
    }

    /** Full after some actions. */
    static FailingDisk fullAfter(long actions) {
        return new FailingDisk(actions, () -> new IOException("No space left on device"));
    }

    /** The process dies after some actions: nothing that would clean up runs. */
    static FailingDisk killedAfter(long actions) {
        return new FailingDisk(actions, Killed::new);
    }

    /** Stands for the end of the process. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private void act() throws IOException {
        left--;
        if (left < 0) {
            switch (failure.get()) {
                case IOException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public Output create(Path file) throws IOException {
        act();
        Output output = real.create(file);
        return new Output() {
            @Override
            public int write(ByteBuffer source) throws IOException {
                act();
                int piece = Math.min(source.remaining(), PIECE_BYTES);
                int limit = source.limit();
                output.writeFully(source.limit(source.position() + piece));
                source.limit(limit);
                return piece;
            }

            @Override
            public void force() throws IOException {
                act();
                output.force();
            }

            @Override
            public boolean isOpen() {
                return output.isOpen();
            }

            @Override
            public void close() throws IOException {
                output.close();
            }
        };
    }

    @Override
    public void syncFolder(Path folder) throws IOException {
        act();
        real.syncFolder(folder);
    }

    @Override
    public void move(Path source, Path target) throws IOException {
        act();
        real.move(source, target);
    }

    @Override
    public void createFolder(Path folder) throws IOException {
        act();
        real.createFolder(folder);
    }
}
