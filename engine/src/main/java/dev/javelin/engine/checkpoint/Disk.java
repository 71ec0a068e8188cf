package dev.javelin.engine.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What a writer asks of the file system; a test's double fails where it is told to. */
interface Disk {

    /** A new file, which must not exist; {@link Output#force} makes it durable. */
    Output create(Path file) throws IOException;

    /** Makes the names in a folder durable. */
    void syncFolder(Path folder) throws IOException;

    /** Renames a folder in one step; there is nothing at the target. */
    void move(Path source, Path target) throws IOException;

    void createFolder(Path folder) throws IOException;

    /** A file being written. */
    interface Output extends WritableByteChannel {
        void force() throws IOException;

        /** Writes all of it. */
        default void writeFully(ByteBuffer buffer) throws IOException {
            while (buffer.hasRemaining()) {
                write(buffer);
            }
        }
    }

    /** The machine's file system. */
    static Disk real() {
        return new Real();
    }

    /** Deletes a folder and what is in it; nothing happens if there is none. */
    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    /** The disk of {@link java.nio.file.Files}. */
    final class Real implements Disk {
        @Override
        public Output create(Path file) throws IOException {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new Output() {
                @Override
                public int write(ByteBuffer source) throws IOException {
                    return channel.write(source);
                }

                @Override
                public void force() throws IOException {
                    channel.force(true);
                }

                @Override
                public boolean isOpen() {
                    return channel.isOpen();
                }

                @Override
                public void close() throws IOException {
                    channel.close();
                }
            };
        }

        @Override
        public void syncFolder(Path folder) throws IOException {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }

        @Override
        public void move(Path source, Path target) throws IOException {
            Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public void createFolder(Path folder) throws IOException {
            Files.createDirectories(folder);
        }
    }
}
