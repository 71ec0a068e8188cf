package dev.javelin.data.arrow;

import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.flatbuf.Union;
import org.apache.arrow.flatbuf.UnionMode;

/**
 * Where a column's nodes and buffers begin in every record batch: the columns before it are laid out one after the other,
 * parents before their children. Source: Arrow Columnar Format, "Buffer Listing for Each Layout".
 *
 * @param node index of the column's first field node
 * @param fixedBuffers number of buffers before it, but for those whose number varies
 * @param views number of columns before it that have such buffers
 */
record BufferPlace(int node, int fixedBuffers, int views) {
    static final BufferPlace FIRST = new BufferPlace(0, 0, 0);

    /** Index of the column's first buffer in a record batch. */
    int buffer(RecordBatch batch) {
        long buffers = fixedBuffers;
        for (int i = 0; i < views; i++) {
            buffers += batch.variadicBufferCounts(i);
        }
        return Math.toIntExact(buffers);
    }

    /** The place behind a column that begins here. */
    BufferPlace after(Field field, short version) {
        boolean encoded = field.dictionary() != null; // its indices are here, its values elsewhere
        byte type = encoded ? Type.Int : field.typeType();
        boolean view = type == Type.BinaryView || type == Type.Utf8View;
        BufferPlace place = new BufferPlace(node + 1, fixedBuffers + own(field, type, version), views + (view ? 1 : 0));
        for (int i = 0; !encoded && i < field.childrenLength(); i++) {
            place = place.after(field.children(i), version);
        }
        return place;
    }

    private static int own(Field field, byte type, short version) {
        return switch (type) {
            case Type.Null, Type.RunEndEncoded -> 0;
            case Type.Struct_, Type.FixedSizeList -> 1;
            case Type.Union -> {
                Union union = (Union) field.type(new Union());
                yield (union.mode() == UnionMode.Dense ? 2 : 1) + (version < MetadataVersion.V5 ? 1 : 0);
            }
            case Type.Binary, Type.Utf8, Type.LargeBinary, Type.LargeUtf8, Type.ListView, Type.LargeListView -> 3;
            default -> 2;
        };
    }
}
