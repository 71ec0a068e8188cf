package dev.javelin.engine.checkpoint;

import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.zip.CRC32C;

/** Writes safetensors files, tensor by tensor through one buffer. */
public final class SafetensorsWriter {
    private static final long BUFFER_BYTES = 4 << 20;

    private final Disk disk;

    SafetensorsWriter(Disk disk) {
        this.disk = disk;
    }

    /** Where a tensor's elements come from. */
    @FunctionalInterface
    public interface Source {
        /** Fills {@code destination} with elements from {@code element} on, in native byte order. */
        void read(long element, MemorySegment destination);

        /** Elements that lie in memory. */
        static Source of(MemorySegment values, int elementBytes) {
            return (element, destination) ->
                    MemorySegment.copy(values, element * elementBytes, destination, 0, destination.byteSize());
        }
    }

    /** One tensor to write. */
    public record Item(String name, TensorType type, Source source) {}

    /** What was written: the sums of the header and of each tensor, in order. */
    record Written(long fileBytes, int headerCrc, int[] tensorCrcs) {}

    /**
     * Writes a file, which must not exist, and forces it to disk.
     *
     * @param metadata free texts for the header
     * @throws JavelinException {@code JVL-CKP-0007} if it cannot be written
     */
    public static void write(Path file, SequencedMap<String, String> metadata, List<Item> items) {
        try {
            new SafetensorsWriter(Disk.real()).writeFile(file, metadata, items);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0007",
                    "cannot write " + file.toAbsolutePath() + ": " + e,
                    "check the free space and your rights there, and that the file does not exist yet",
                    e);
        }
    }

    Written writeFile(Path file, SequencedMap<String, String> metadata, List<Item> items) throws IOException {
        SequencedMap<String, TensorType> types = new LinkedHashMap<>();
        for (Item item : items) {
            if (types.put(item.name, item.type) != null) {
                throw new IllegalArgumentException("tensor " + item.name + " is given twice");
            }
        }
        SafetensorsHeader header = SafetensorsHeader.of(types, metadata);
        byte[] head = header.encode();
        CRC32C crc = new CRC32C();
        crc.update(head);
        int[] crcs = new int[items.size()];
        try (Disk.Output output = disk.create(file);
                Arena arena = Arena.ofConfined()) {
            output.writeFully(java.nio.ByteBuffer.wrap(head));
            MemorySegment buffer = arena.allocate(BUFFER_BYTES, 64);
            for (int i = 0; i < crcs.length; i++) {
                crcs[i] = stream(items.get(i), buffer, output);
            }
            output.force();
        }
        return new Written(head.length + header.dataBytes(), (int) crc.getValue(), crcs);
    }

    private static int stream(Item item, MemorySegment buffer, Disk.Output output) throws IOException {
        int width = item.type.dtype().bytes();
        long most = buffer.byteSize() / width;
        CRC32C crc = new CRC32C();
        for (long element = 0; element < item.type.elements(); element += most) {
            long now = Math.min(most, item.type.elements() - element);
            MemorySegment chunk = buffer.asSlice(0, now * width);
            item.source.read(element, chunk);
            crc.update(chunk.asByteBuffer());
            output.writeFully(chunk.asByteBuffer());
        }
        return (int) crc.getValue();
    }
}
