package dev.javelin.data.arrow;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.apache.arrow.flatbuf.Block;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;

/**
 * Writes documents of token ids as an Arrow IPC file with two columns: {@code input_ids}, a list of ids in the narrowest
 * type that holds the vocabulary, and {@code document}, the number of the document that a row is a part of. A document
 * that comes in several parts is as many rows. Holds one record batch in memory. For one thread.
 */
public final class ArrowWriter implements AutoCloseable {
    /** The schema's metadata key that says that Javelin wrote the file. */
    public static final String FORMAT_KEY = "javelin.format";

    static final String IDS = "input_ids";
    static final String DOCUMENT = "document";

    private static final int ALIGNMENT = 64;
    private static final int MESSAGE_ALIGNMENT = 8;
    private static final int BUFFERS = 6;

    private final FileChannel channel;
    private final SequencedMap<String, String> metadata;
    private final IdType type;
    private final int batchTokens;
    private final ByteBuffer values;
    private final List<Integer> ends = new ArrayList<>();
    private final List<Long> documents = new ArrayList<>();
    private final List<Written> batches = new ArrayList<>();
    private long position;
    private int filled;

    /** Where a record batch lies. */
    private record Written(long offset, int metadataBytes, long bodyBytes) {}

    /**
     * Begins a new file.
     *
     * @param vocabulary ids are below this
     * @param metadata of the schema
     * @param batchTokens of a record batch, at least 1
     */
    public ArrowWriter(Path file, int vocabulary, SequencedMap<String, String> metadata, int batchTokens)
            throws IOException {
        this.metadata = metadata;
        this.batchTokens = batchTokens;
        type = IdType.narrowest(vocabulary);
        values = ByteBuffer.allocateDirect(Math.multiplyExact(batchTokens, type.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            write(ByteBuffer.allocate(MESSAGE_ALIGNMENT).put(0, ArrowFile.MAGIC));
            FlatBufferBuilder builder = new FlatBufferBuilder();
            int schema = ArrowSchema.write(builder, type, metadata);
            message(builder, MessageHeader.Schema, schema, 0);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Adds tokens of a document.
     *
     * @param document from 0, never lower than before
     */
    public void add(long document, int[] tokens) throws IOException {
        int done = 0;
        while (done < tokens.length) {
            int now = Math.min(tokens.length - done, batchTokens - filled);
            put(tokens, done, now);
            filled += now;
            done += now;
            if (!documents.isEmpty() && documents.getLast() == document) {
                ends.set(ends.size() - 1, filled);
            } else {
                documents.add(document);
                ends.add(filled);
            }
            if (filled == batchTokens) {
                flush();
            }
        }
    }

    private void put(int[] tokens, int from, int count) {
        for (int i = from; i < from + count; i++) {
            switch (type) {
                case UINT8 -> values.put((byte) tokens[i]);
                case UINT16 -> values.putShort((short) tokens[i]);
                default -> values.putInt(tokens[i]);
            }
        }
    }

    /** Writes the record batch that was gathered. */
    private void flush() throws IOException {
        int rows = ends.size();
        ByteBuffer offsets = little((rows + 1) * Integer.BYTES).putInt(0);
        ends.forEach(offsets::putInt);
        ByteBuffer numbers = little(rows * Long.BYTES);
        documents.forEach(numbers::putLong);
        values.flip();
        // Validity (none is null) comes before each: offsets, ids, numbers of documents.
        List<ByteBuffer> buffers = List.of(little(0), offsets.flip(), little(0), values, little(0), numbers.flip());
        long body = buffers.stream()
                .mapToLong(buffer -> padded(buffer.remaining(), ALIGNMENT))
                .sum();
        long offset = position;
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int metadataBytes = message(builder, MessageHeader.RecordBatch, header(builder, rows, buffers), body);
        for (ByteBuffer buffer : buffers) {
            int bytes = buffer.remaining();
            write(buffer);
            write(ByteBuffer.allocate((int) (padded(bytes, ALIGNMENT) - bytes)));
        }
        batches.add(new Written(offset, metadataBytes, body));
        values.clear();
        ends.clear();
        documents.clear();
        filled = 0;
    }

    private int header(FlatBufferBuilder builder, int rows, List<ByteBuffer> buffers) {
        RecordBatch.startBuffersVector(builder, BUFFERS);
        long end = buffers.stream()
                .mapToLong(buffer -> padded(buffer.remaining(), ALIGNMENT))
                .sum();
        for (int i = BUFFERS - 1; i >= 0; i--) { // flatbuffers are written from their end
            end -= padded(buffers.get(i).remaining(), ALIGNMENT);
            Buffer.createBuffer(builder, end, buffers.get(i).remaining());
        }
        int bufferVector = builder.endVector();
        RecordBatch.startNodesVector(builder, 3);
        FieldNode.createFieldNode(builder, rows, 0);
        FieldNode.createFieldNode(builder, filled, 0);
        FieldNode.createFieldNode(builder, rows, 0);
        int nodes = builder.endVector();
        RecordBatch.startRecordBatch(builder);
        RecordBatch.addLength(builder, rows);
        RecordBatch.addNodes(builder, nodes);
        RecordBatch.addBuffers(builder, bufferVector);
        return RecordBatch.endRecordBatch(builder);
    }

    /** Writes a message without its body; its bytes. */
    private int message(FlatBufferBuilder builder, byte kind, int header, long body) throws IOException {
        builder.finish(Message.createMessage(builder, MetadataVersion.V5, kind, header, body, 0));
        ByteBuffer content = builder.dataBuffer();
        int prefix = 2 * Integer.BYTES;
        int bytes = (int) padded(prefix + content.remaining(), MESSAGE_ALIGNMENT);
        ByteBuffer all = little(bytes)
                .putInt(ArrowFile.CONTINUATION)
                .putInt(bytes - prefix)
                .put(content);
        write(all.position(0));
        return bytes;
    }

    /** Writes what is left and the footer, and makes the file durable: without this it is no Arrow file. */
    public void finish() throws IOException {
        if (filled > 0) {
            flush();
        }
        write(little(2 * Integer.BYTES).putInt(ArrowFile.CONTINUATION).putInt(0).flip());
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int schema = ArrowSchema.write(builder, type, metadata);
        Footer.startRecordBatchesVector(builder, batches.size());
        for (Written batch : batches.reversed()) {
            Block.createBlock(builder, batch.offset, batch.metadataBytes, batch.bodyBytes);
        }
        int blocks = builder.endVector();
        Footer.startFooter(builder);
        Footer.addVersion(builder, MetadataVersion.V5);
        Footer.addSchema(builder, schema);
        Footer.addRecordBatches(builder, blocks);
        builder.finish(Footer.endFooter(builder));
        ByteBuffer footer = builder.dataBuffer();
        int bytes = footer.remaining();
        write(footer);
        write(little(Integer.BYTES + ArrowFile.MAGIC.length)
                .putInt(bytes)
                .put(ArrowFile.MAGIC)
                .flip());
        channel.force(true);
    }

    private void write(ByteBuffer buffer) throws IOException {
        position += buffer.remaining();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long padded(long bytes, int alignment) {
        return (bytes + alignment - 1) / alignment * alignment;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
