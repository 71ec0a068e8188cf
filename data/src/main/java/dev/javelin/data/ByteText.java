package dev.javelin.data;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Text whose bytes are the tokens (vocabulary 256): a file, or the text files of a folder one after the other. Files are
 * mapped into memory and stay so until {@link #close}; a file must not shrink meanwhile.
 */
public final class ByteText implements Tokens, AutoCloseable {
    private final String name;
    private final Arena arena;
    private final MemorySegment[] parts;
    private final long[] starts;
    private final long bytes;

    private ByteText(String name, Arena arena, List<MemorySegment> parts) {
        this.name = name;
        this.arena = arena;
        this.parts = parts.toArray(MemorySegment[]::new);
        this.starts = new long[this.parts.length];
        long sum = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = sum;
            sum += this.parts[i].byteSize();
        }
        this.bytes = sum;
    }

    /**
     * Opens a file, or all text files of a folder and the folders in it, in the order of their relative paths.
     *
     * @throws JavelinException {@code JVL-DAT-0001} if there is nothing at this path, {@code 0002} if it cannot be
     *     read, {@code 0003} if it holds no text
     */
    public static ByteText open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            List<MemorySegment> parts = new ArrayList<>();
            for (Path file : TextFiles.find(path)) {
                MemorySegment part = map(file, arena);
                if (part.byteSize() > 0) {
                    parts.add(part);
                }
            }
            return requireText(new ByteText(path.toString(), arena, parts));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** A copy of these bytes as a text, outside the heap. */
    public static ByteText of(String name, byte[] content) {
        Arena arena = Arena.ofShared();
        MemorySegment copy = arena.allocate(Math.max(1, content.length)).asSlice(0, content.length);
        MemorySegment.copy(MemorySegment.ofArray(content), 0, copy, 0, content.length);
        try {
            return requireText(new ByteText(name, arena, List.of(copy)));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(Path file, Arena arena) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException | UncheckedIOException e) {
            throw TextFiles.unreadable(file, e);
        }
    }

    private static ByteText requireText(ByteText text) {
        if (text.bytes == 0) {
            throw TextFiles.empty(text.name);
        }
        return text;
    }

    @Override
    public long count() {
        return bytes;
    }

    @Override
    public int vocabulary() {
        return 256;
    }

    @Override
    public String name() {
        return name;
    }

    /** Number of files that hold text. */
    public int files() {
        return parts.length;
    }

    @Override
    public void read(long from, long count, MemorySegment destination) {
        Objects.checkFromIndexSize(from, count, bytes);
        int found = Arrays.binarySearch(starts, from);
        int part = found >= 0 ? found : -found - 2;
        long offset = from - starts[part];
        long done = 0;
        while (done < count) {
            long now = Math.min(count - done, parts[part].byteSize() - offset);
            widen(parts[part].asSlice(offset, now), destination, done);
            done += now;
            offset = 0;
            part++;
        }
    }

    /** Writes each byte as an INT32, from element {@code first} on. */
    private static void widen(MemorySegment source, MemorySegment destination, long first) {
        for (long i = 0; i < source.byteSize(); i++) {
            int token = source.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
            destination.set(ValueLayout.JAVA_INT_UNALIGNED, (first + i) * Integer.BYTES, token);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
