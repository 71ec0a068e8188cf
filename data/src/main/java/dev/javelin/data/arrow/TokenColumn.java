package dev.javelin.data.arrow;

import dev.javelin.api.JavelinException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FixedSizeList;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Type;
import org.jspecify.annotations.Nullable;

/**
 * The column of token ids in a schema: one id, or a list of ids, a row.
 *
 * @param place where its buffers are among those of a record batch
 * @param listSize ids of a row, for lists of fixed size
 */
record TokenColumn(String name, Form form, IdType type, BufferPlace place, int listSize) {
    /** Names that are taken for token ids if no column is named, the first that is there. */
    static final List<String> NAMES = List.of("input_ids", "tokens", "token_ids", "ids");

    /** What a row holds. */
    enum Form {
        ID,
        LIST,
        LARGE_LIST,
        FIXED_LIST
    }

    /**
     * The ids of one record batch: ids {@code first} to {@code first + count} of {@code values}.
     *
     * @param offsets of the rows into {@code values}, {@code rows + 1} of them; null where rows are of equal size
     */
    record Ids(
            MemorySegment values,
            long first,
            long count,
            long rows,
            @Nullable MemorySegment offsets) {}

    /**
     * Finds the column.
     *
     * @param wanted its name; null for the first of {@link #NAMES}, or the only one with integers
     * @throws JavelinException {@code JVL-DAT-0056} if there is none, or several and none is named
     */
    static TokenColumn find(ArrowFile file, @Nullable String wanted) {
        Schema schema = file.schema();
        List<TokenColumn> columns = new ArrayList<>();
        List<String> all = new ArrayList<>();
        BufferPlace place = BufferPlace.FIRST;
        for (int i = 0; i < schema.fieldsLength(); i++) {
            Field field = schema.fields(i);
            of(field, place).ifPresent(columns::add);
            all.add(field.name() + " (" + Type.name(field.typeType()) + ")");
            place = place.after(field, file.version());
        }
        List<String> names = wanted == null ? NAMES : List.of(wanted);
        for (String name : names) {
            for (TokenColumn column : columns) {
                if (column.name.equals(name)) {
                    return column;
                }
            }
        }
        if (wanted == null && columns.size() == 1) {
            return columns.getFirst();
        }
        throw new JavelinException(
                "JVL-DAT-0056",
                file.path().toAbsolutePath() + " has "
                        + (wanted != null
                                ? "no column '" + wanted + "' of"
                                : columns.isEmpty() ? "no column of" : "several columns of")
                        + " token ids (integers, or lists of them): " + String.join(", ", all),
                "name it with data.column; a column of text is tokenised from text files, with data.tokens");
    }

    private static Optional<TokenColumn> of(Field field, BufferPlace place) {
        if (field.name() == null || field.dictionary() != null) {
            return Optional.empty();
        }
        if (field.typeType() == Type.Int) {
            return Optional.of(new TokenColumn(field.name(), Form.ID, id(field), place, 1));
        }
        Form form = switch (field.typeType()) {
            case Type.List -> Form.LIST;
            case Type.LargeList -> Form.LARGE_LIST;
            case Type.FixedSizeList -> Form.FIXED_LIST;
            default -> null;
        };
        if (form == null || field.childrenLength() != 1) {
            return Optional.empty();
        }
        Field child = field.children(0);
        if (child.typeType() != Type.Int || child.dictionary() != null) {
            return Optional.empty();
        }
        int size = form == Form.FIXED_LIST ? ((FixedSizeList) field.type(new FixedSizeList())).listSize() : 0;
        return Optional.of(new TokenColumn(field.name(), form, id(child), place, size));
    }

    private static IdType id(Field field) {
        Int type = (Int) field.type(new Int());
        return IdType.of(type.bitWidth(), type.isSigned());
    }

    /**
     * The ids of a record batch.
     *
     * @throws JavelinException {@code JVL-DAT-0055} if it is compressed, {@code 0057} if a row or an id is null, {@code
     *     0054} if its buffers lie outside of it
     */
    Ids ids(Path path, ArrowFile.Batch batch) {
        RecordBatch header = batch.header();
        if (header.compression() != null) {
            throw new JavelinException(
                    "JVL-DAT-0055",
                    path.toAbsolutePath() + " is compressed, so it cannot be used where it lies",
                    "write it without compression (pyarrow: ipc.IpcWriteOptions(compression=None), which is the default of"
                            + " save_to_disk)");
        }
        requireNoNulls(path, header, place.node());
        if (form != Form.ID) {
            requireNoNulls(path, header, place.node() + 1);
        }
        long rows = header.nodes(place.node()).length();
        int buffer = place.buffer(header);
        return switch (form) {
            case ID -> within(path, new Ids(buffer(batch, buffer + 1), 0, rows, rows, null));
            case FIXED_LIST -> within(path, new Ids(buffer(batch, buffer + 2), 0, rows * listSize, rows, null));
            case LIST, LARGE_LIST -> {
                MemorySegment values = buffer(batch, buffer + 3);
                MemorySegment offsets = buffer(batch, buffer + 1);
                long first = rows == 0 ? 0 : offset(offsets, 0);
                long last = rows == 0 ? 0 : offset(offsets, rows);
                yield within(path, new Ids(values, first, last - first, rows, offsets));
            }
        };
    }

    /** The place in the values where a row begins. */
    long offset(MemorySegment offsets, long row) {
        return form == Form.LIST
                ? offsets.get(ArrowFile.INT, row * Integer.BYTES)
                : offsets.get(ArrowFile.LONG, row * Long.BYTES);
    }

    private static MemorySegment buffer(ArrowFile.Batch batch, int index) {
        Buffer buffer = batch.header().buffers(index);
        return batch.body().asSlice(buffer.offset(), buffer.length());
    }

    private Ids within(Path path, Ids ids) {
        if (ids.first < 0 || ids.count < 0 || ids.first + ids.count > ids.values.byteSize() / type.bytes()) {
            throw ArrowFile.damaged(path, "column " + name + " has fewer ids than its rows say");
        }
        return ids;
    }

    private void requireNoNulls(Path path, RecordBatch header, int node) {
        if (header.nodes(node).nullCount() > 0) {
            throw new JavelinException(
                    "JVL-DAT-0057",
                    path.toAbsolutePath() + " has empty places (nulls) in column " + name,
                    "fill them or leave those rows out before you write the file");
        }
    }
}
