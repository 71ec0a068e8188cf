package dev.javelin.engine.checkpoint;

import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.engine.checkpoint.SafetensorsHeader.Item;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, read by range: only the header is held in memory.
 *
 * <pre>{@code
 * try (SafetensorsReader file = SafetensorsReader.open(path)) {
 *     TensorType type = file.tensors().get("wte.weight");
 *     file.read("wte.weight", 0, type.elements(), destination);
 * }
 * }</pre>
 */
public final class SafetensorsReader implements AutoCloseable {
    private static final long MOST_TRANSFER_BYTES = 1 << 30;
    private static final long BUFFER_BYTES = 4 << 20;

    private final Path path;
    private final FileChannel channel;
    private final SafetensorsHeader header;
    private final long dataStart;
    private final int headerCrc;

    private SafetensorsReader(Path path, FileChannel channel, SafetensorsHeader header, long dataStart, int headerCrc) {
        this.path = path;
        this.channel = channel;
        this.header = header;
        this.dataStart = dataStart;
        this.headerCrc = headerCrc;
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws JavelinException {@code JVL-CKP-0001} if it cannot be read, {@code 0002} to {@code 0005} if it is no
     *     whole safetensors file
     */
    public static SafetensorsReader open(Path path) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            SafetensorsReader reader = open(path, channel);
            channel = null;
            return reader;
        } catch (IOException e) {
            throw unreadable(path, e);
        } finally {
            close(channel);
        }
    }

    private static SafetensorsReader open(Path path, FileChannel channel) throws IOException {
        String name = path.toString();
        long fileBytes = channel.size();
        if (fileBytes < SafetensorsHeader.LENGTH_BYTES) {
            throw new JavelinException(
                    "JVL-CKP-0002",
                    name + " has " + fileBytes + " bytes, a safetensors file has at least 8",
                    "give a whole file of the safetensors format");
        }
        ByteBuffer length = ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES);
        fill(channel, length, 0, path);
        int headerBytes = SafetensorsHeader.length(name, length, fileBytes);
        ByteBuffer json = ByteBuffer.allocate(headerBytes);
        fill(channel, json, SafetensorsHeader.LENGTH_BYTES, path);
        long dataStart = SafetensorsHeader.LENGTH_BYTES + (long) headerBytes;
        CRC32C crc = new CRC32C();
        crc.update(length.flip());
        crc.update(json.flip());
        SafetensorsHeader header = SafetensorsHeader.parse(name, json.array(), fileBytes - dataStart);
        return new SafetensorsReader(path, channel, header, dataStart, (int) crc.getValue());
    }

    /** The file's tensors by name, in the order of the header. */
    public SequencedMap<String, TensorType> tensors() {
        SequencedMap<String, TensorType> types = new LinkedHashMap<>();
        header.items().forEach((name, item) -> types.put(name, item.type()));
        return types;
    }

    /** The free texts of the header. */
    public SequencedMap<String, String> metadata() {
        return Collections.unmodifiableSequencedMap(header.metadata());
    }

    /** CRC-32C of the length and the header. */
    int headerCrc() {
        return headerCrc;
    }

    long fileBytes() {
        return dataStart + header.dataBytes();
    }

    /**
     * Reads a range of a tensor's elements, in native (little-endian) byte order.
     *
     * @param destination of at least {@code elements} elements
     * @throws JavelinException {@code JVL-CKP-0006} if the file has no such tensor, {@code 0001} if it cannot be read
     */
    public void read(String name, long element, long elements, MemorySegment destination) {
        Item item = header.items().get(name);
        if (item == null) {
            throw new JavelinException(
                    "JVL-CKP-0006",
                    path + " has no tensor '" + name + "'",
                    "use one of its " + header.items().size() + " tensors");
        }
        Objects.checkFromIndexSize(element, elements, item.type().elements());
        long width = item.type().dtype().bytes();
        long at = dataStart + item.begin() + element * width;
        long bytes = elements * width;
        try {
            if (destination.isNative()) {
                transfer(at, destination.asSlice(0, bytes));
            } else {
                transferThroughBuffer(at, destination.asSlice(0, bytes));
            }
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private void transfer(long at, MemorySegment destination) throws IOException {
        long bytes = destination.byteSize();
        for (long done = 0; done < bytes; done += MOST_TRANSFER_BYTES) {
            long now = Math.min(bytes - done, MOST_TRANSFER_BYTES);
            fill(channel, destination.asSlice(done, now).asByteBuffer(), at + done, path);
        }
    }

    /** For Java arrays, which a channel cannot fill unless they are of bytes. */
    private void transferThroughBuffer(long at, MemorySegment destination) throws IOException {
        long bytes = destination.byteSize();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.max(1, Math.min(bytes, BUFFER_BYTES)), 64);
            for (long done = 0; done < bytes; done += BUFFER_BYTES) {
                long now = Math.min(bytes - done, BUFFER_BYTES);
                transfer(at + done, buffer.asSlice(0, now));
                MemorySegment.copy(buffer, 0, destination, done, now);
            }
        }
    }

    private static void fill(FileChannel channel, ByteBuffer buffer, long at, Path path) throws IOException {
        buffer.order(ByteOrder.LITTLE_ENDIAN);
        int start = buffer.position();
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position() - start) < 0) {
                throw new IOException(path.getFileName() + " became shorter while it was read");
            }
        }
    }

    static JavelinException unreadable(Path path, IOException cause) {
        return new JavelinException(
                "JVL-CKP-0001",
                "cannot read " + path.toAbsolutePath() + ": " + cause,
                "check that the path is right and that you may read it",
                cause);
    }

    private static void close(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // the file was only read: nothing is lost
            }
        }
    }

    @Override
    public void close() {
        close(channel);
    }
}
