package dev.javelin.data.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A text file in pieces of about {@value #PIECE_BYTES} bytes, in order. The file is mapped; a piece is copied when it is
 * taken. Pieces depend on the text alone, not on who asks. For one thread.
 */
final class TextPieces implements Iterator<byte[]>, AutoCloseable {
    static final int PIECE_BYTES = 1 << 18;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment text;
    private final TextCuts cuts;
    private long next;

    TextPieces(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            text = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            arena.close();
            throw CorpusFiles.unreadable(file, e);
        } catch (UncheckedIOException e) {
            arena.close();
            throw CorpusFiles.unreadable(file, new IOException(e));
        }
        cuts = new TextCuts(text);
    }

    @Override
    public boolean hasNext() {
        return next < text.byteSize();
    }

    @Override
    public byte[] next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        long wanted = next + PIECE_BYTES;
        long end = wanted >= text.byteSize() ? text.byteSize() : Math.max(next + 1, cuts.before(wanted));
        byte[] piece = text.asSlice(next, end - next).toArray(ValueLayout.JAVA_BYTE);
        next = end;
        return piece;
    }

    @Override
    public void close() {
        arena.close();
    }
}
