package dev.javelin.data.arrow;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Type;

/** The stream of one column {@code tokens: uint8} in one record batch, up to the values, which follow. */
public final class FlatColumn {
    private FlatColumn() {}

    /** Schema and the record batch's metadata. */
    public static byte[] head(long count) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FlatBufferBuilder schema = new FlatBufferBuilder();
        int name = schema.createString("tokens");
        int none = Field.createChildrenVector(schema, new int[0]);
        int type = Int.createInt(schema, 8, false);
        int field = Field.createField(schema, name, false, Type.Int, type, 0, none, 0);
        int fields = Schema.createFieldsVector(schema, new int[] {field});
        message(out, schema, MessageHeader.Schema, Schema.createSchema(schema, Endianness.Little, fields, 0, 0), 0);
        FlatBufferBuilder batch = new FlatBufferBuilder();
        RecordBatch.startBuffersVector(batch, 2);
        Buffer.createBuffer(batch, 0, count);
        Buffer.createBuffer(batch, 0, 0);
        int buffers = batch.endVector();
        RecordBatch.startNodesVector(batch, 1);
        FieldNode.createFieldNode(batch, count, 0);
        int nodes = batch.endVector();
        RecordBatch.startRecordBatch(batch);
        RecordBatch.addLength(batch, count);
        RecordBatch.addNodes(batch, nodes);
        RecordBatch.addBuffers(batch, buffers);
        message(out, batch, MessageHeader.RecordBatch, RecordBatch.endRecordBatch(batch), count);
        return out.toByteArray();
    }

    private static void message(
            ByteArrayOutputStream out, FlatBufferBuilder builder, byte kind, int header, long body) {
        builder.finish(Message.createMessage(builder, MetadataVersion.V5, kind, header, body, 0));
        ByteBuffer content = builder.dataBuffer();
        int bytes = (content.remaining() + 7) / 8 * 8;
        ByteBuffer all = ByteBuffer.allocate(8 + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(-1)
                .putInt(bytes)
                .put(content);
        out.writeBytes(all.array());
    }
}
