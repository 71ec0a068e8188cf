package dev.javelin.data.arrow;

import dev.javelin.api.JavelinException;
import dev.javelin.data.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A column of token ids in Arrow files, in place: what is read is copied once, from the mapped file to the destination.
 * The files follow each other in the order given, and so do their rows. Threads may read at once. Memory does not grow
 * with the files, but for some 200 bytes a record batch.
 */
public final class ArrowTokens implements Tokens, AutoCloseable {
    private final String name;
    private final int vocabulary;
    private final SequencedMap<String, String> metadata;
    private final Arena arena;
    private final List<Part> parts;
    private final long[] starts;
    private final long count;
    private final long rows;

    /**
     * A record batch.
     *
     * @param documents number of the document that each row is of; null where each row is one
     */
    private record Part(Path path, TokenColumn column, TokenColumn.Ids ids, TokenColumn.@Nullable Ids documents) {}

    private ArrowTokens(
            String name, int vocabulary, SequencedMap<String, String> metadata, Arena arena, List<Part> parts) {
        this.name = name;
        this.vocabulary = vocabulary;
        this.metadata = metadata;
        this.arena = arena;
        this.parts = parts;
        starts = new long[parts.size()];
        long next = 0;
        long rowCount = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = next;
            next += parts.get(i).ids.count();
            rowCount += parts.get(i).ids.rows();
        }
        count = next;
        rows = rowCount;
    }

    /**
     * Maps files; {@link #close} unmaps them.
     *
     * @param name what they are, for messages
     * @param files in order, at least one
     * @param column its name; null for {@code input_ids}, {@code tokens}, {@code token_ids}, {@code ids}, or the only one
     *     with integers
     * @param vocabulary ids must be below this, which is looked at when they are read
     * @throws JavelinException {@code JVL-DAT-0002}, {@code 0054} to {@code 0057} for files that cannot be used
     */
    public static ArrowTokens open(String name, List<Path> files, @Nullable String column, int vocabulary) {
        Arena arena = Arena.ofShared();
        try {
            List<Part> parts = new ArrayList<>();
            SequencedMap<String, String> metadata = null;
            for (Path path : files) {
                SequencedMap<String, String> own = ArrowFile.guarded(path, () -> add(parts, path, column, arena));
                metadata = metadata == null ? own : metadata;
            }
            parts.removeIf(part -> part.ids.count() == 0);
            return new ArrowTokens(name, vocabulary, Objects.requireNonNull(metadata), arena, parts);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** Adds the record batches of a file; its metadata. */
    private static SequencedMap<String, String> add(List<Part> parts, Path path, @Nullable String column, Arena arena) {
        ArrowFile file = ArrowFile.open(path, arena);
        SequencedMap<String, String> metadata = file.metadata();
        TokenColumn ids = TokenColumn.find(file, column);
        TokenColumn documents =
                metadata.containsKey(ArrowWriter.FORMAT_KEY) ? TokenColumn.find(file, ArrowWriter.DOCUMENT) : null;
        for (ArrowFile.Batch batch : file.batches()) {
            parts.add(new Part(path, ids, ids.ids(path, batch), documents == null ? null : documents.ids(path, batch)));
        }
        return metadata;
    }

    /**
     * The key-value metadata of a file's schema.
     *
     * @throws JavelinException {@code JVL-DAT-0002}, {@code 0054}
     */
    public static SequencedMap<String, String> metadata(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            return ArrowFile.guarded(file, () -> ArrowFile.open(file, arena).metadata());
        }
    }

    /** The key-value metadata of the first file's schema. */
    public SequencedMap<String, String> metadata() {
        return metadata;
    }

    @Override
    public long count() {
        return count;
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public String name() {
        return name;
    }

    /** Rows of the column that are in record batches with ids. */
    public long rows() {
        return rows;
    }

    /**
     * Copies ids.
     *
     * @throws JavelinException {@code JVL-DAT-0058} if one is negative or not below the vocabulary
     */
    @Override
    public void read(long from, long tokens, MemorySegment destination) {
        Objects.checkFromIndexSize(from, tokens, count);
        if (tokens == 0) {
            return;
        }
        int found = Arrays.binarySearch(starts, from);
        int index = found >= 0 ? found : -found - 2;
        long offset = from - starts[index];
        long done = 0;
        while (done < tokens) {
            Part part = parts.get(index);
            long now = Math.min(tokens - done, part.ids.count() - offset);
            long first = part.ids.first() + offset;
            long good = part.column.type().widen(part.ids.values(), first, now, destination, done, vocabulary);
            if (good < now) {
                throw beyond(from + done + good, part.column.type().get(part.ids.values(), first + good));
            }
            done += now;
            offset = 0;
            index++;
        }
    }

    private JavelinException beyond(long at, long id) {
        return new JavelinException(
                "JVL-DAT-0058",
                "token " + at + " of " + name + " is " + id + ", but ids are from 0 to " + (vocabulary - 1),
                "let data.tokens be the tokenizer that made them, or model.vocab be large enough");
    }

    /** Hears of rows one after the other. */
    @FunctionalInterface
    public interface RowVisitor {
        /**
         * @param document that the row is of, or is a part of, from 0
         * @param first token of the row
         * @param tokens of the row, may be 0
         * @return false to end the walk
         */
        boolean row(long document, long first, long tokens);
    }

    /** Walks over the rows in order. A column of single ids is one document with a row for each record batch. */
    public void eachRow(RowVisitor visitor) {
        long before = 0;
        for (int i = 0; i < starts.length; i++) {
            if (!eachRow(parts.get(i), starts[i], before, visitor)) {
                return;
            }
            before += parts.get(i).ids.rows();
        }
    }

    private static boolean eachRow(Part part, long start, long before, RowVisitor visitor) {
        TokenColumn.Ids ids = part.ids;
        if (part.column.form() == TokenColumn.Form.ID) {
            return visitor.row(0, start, ids.count());
        }
        MemorySegment offsets = ids.offsets();
        TokenColumn.Ids documents = part.documents;
        for (long row = 0; row < ids.rows(); row++) {
            long from = offsets == null ? row * part.column.listSize() : part.column.offset(offsets, row) - ids.first();
            long to = offsets == null
                    ? from + part.column.listSize()
                    : part.column.offset(offsets, row + 1) - ids.first();
            long document = documents == null ? before + row : IdType.INT64.get(documents.values(), row);
            if (from < 0 || to < from || to > ids.count()) {
                throw ArrowFile.damaged(part.path, "row " + row + " of a record batch has no place in it");
            }
            if (!visitor.row(document, start + from, to - from)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        arena.close();
    }
}
