package dev.javelin.data.arrow;

import com.google.flatbuffers.FlatBufferBuilder;
import java.util.Map;
import java.util.SequencedMap;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.List;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Type;
import org.jspecify.annotations.Nullable;

/** The schema of the files that Javelin writes: {@code input_ids: list<uint16>, document: int64}, for example. */
final class ArrowSchema {
    private static final boolean NULLABLE = true; // as other libraries write it; no place is empty

    private ArrowSchema() {}

    /** Writes the schema into a builder; its place there. */
    static int write(FlatBufferBuilder builder, IdType ids, SequencedMap<String, String> metadata) {
        int item = field(builder, "item", ids, 0);
        int list = field(builder, ArrowWriter.IDS, null, Field.createChildrenVector(builder, new int[] {item}));
        int document = field(builder, ArrowWriter.DOCUMENT, IdType.INT64, 0);
        int fields = Schema.createFieldsVector(builder, new int[] {list, document});
        int[] pairs = new int[metadata.size()];
        int i = 0;
        for (Map.Entry<String, String> pair : metadata.entrySet()) {
            pairs[i++] = KeyValue.createKeyValue(
                    builder, builder.createString(pair.getKey()), builder.createString(pair.getValue()));
        }
        int keyValues = Schema.createCustomMetadataVector(builder, pairs);
        return Schema.createSchema(builder, Endianness.Little, fields, keyValues, 0);
    }

    /**
     * @param ids type of an integer field; null for a list
     * @param children 0 for an integer field
     */
    private static int field(FlatBufferBuilder builder, String name, @Nullable IdType ids, int children) {
        int nameOffset = builder.createString(name);
        int none = children == 0 ? Field.createChildrenVector(builder, new int[0]) : children;
        int type;
        if (ids == null) {
            List.startList(builder);
            type = List.endList(builder);
        } else {
            type = Int.createInt(builder, ids.bytes() * Byte.SIZE, ids.signed());
        }
        return Field.createField(builder, nameOffset, NULLABLE, ids == null ? Type.List : Type.Int, type, 0, none, 0);
    }
}
