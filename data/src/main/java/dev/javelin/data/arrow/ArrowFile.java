package dev.javelin.data.arrow;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.jspecify.annotations.Nullable;

/**
 * An Arrow IPC file or stream, mapped: its schema and where its record batches lie. Only the metadata of the messages
 * are read; the bodies stay on the disk until someone looks at them.
 *
 * <p>Source: Apache Arrow, "Arrow Columnar Format", section "Serialization and Interprocess Communication (IPC)". A file
 * is a stream between two magic words, with a footer that is not needed here.
 *
 * @param version of the metadata
 */
record ArrowFile(Path path, Schema schema, short version, List<Batch> batches) {
    static final byte[] MAGIC = {'A', 'R', 'R', 'O', 'W', '1'};
    static final int CONTINUATION = -1;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int PADDED_MAGIC = 8;
    private static final int PREFIX = 8;

    /** Metadata of a record batch and the mapped bytes that they speak of. */
    record Batch(RecordBatch header, MemorySegment body) {}

    /**
     * Maps a file; to be called {@link #guarded}.
     *
     * @param arena whose end unmaps it
     * @throws JavelinException {@code JVL-DAT-0002} if it cannot be read, {@code 0054} if it is damaged or no Arrow file
     */
    static ArrowFile open(Path path, Arena arena) {
        MemorySegment content;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException | UncheckedIOException e) {
            throw new JavelinException(
                    "JVL-DAT-0002",
                    "cannot read " + path.toAbsolutePath() + ": " + e,
                    "check that the path is a file or folder and that you have the right to read it",
                    e);
        }
        return new Scan(path, content).run();
    }

    /** Does something with the metadata of a file, of which any byte may be damaged. */
    static <T> T guarded(Path path, Supplier<T> work) {
        try {
            return work.get();
        } catch (IndexOutOfBoundsException
                | IllegalArgumentException
                | ArithmeticException
                | NegativeArraySizeException
                | NullPointerException e) {
            // What flatbuffers and segments throw for offsets that lead nowhere, and parts that are missing.
            throw damaged(path, "its metadata lead nowhere (" + e.getMessage() + ")");
        }
    }

    /** The schema's key-value metadata. */
    SequencedMap<String, String> metadata() {
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        for (int i = 0; i < schema.customMetadataLength(); i++) {
            KeyValue pair = schema.customMetadata(i);
            if (pair.key() != null && pair.value() != null) {
                metadata.put(pair.key(), pair.value());
            }
        }
        return metadata;
    }

    static JavelinException damaged(Path path, String why) {
        return new JavelinException(
                "JVL-DAT-0054",
                path.toAbsolutePath() + " is damaged or no Arrow file: " + why,
                "prepare or copy the data again");
    }

    /** One walk over the messages. */
    private static final class Scan {
        private final Path path;
        private final MemorySegment content;
        private final List<Batch> batches = new ArrayList<>();
        private long end;
        private @Nullable Schema schema;
        private short version;

        Scan(Path path, MemorySegment content) {
            this.path = path;
            this.content = content;
            this.end = content.byteSize();
        }

        ArrowFile run() {
            long at = magicAt(0) ? PADDED_MAGIC : 0;
            if (at > 0) {
                requireFooter();
            }
            while (at < end) {
                long next = message(at);
                if (next < 0) {
                    break;
                }
                at = next;
            }
            if (schema == null) {
                throw damaged(path, "it has no schema");
            }
            return new ArrowFile(path, schema, version, List.copyOf(batches));
        }

        private boolean magicAt(long at) {
            return at >= 0
                    && content.byteSize() >= at + MAGIC.length
                    && content.asSlice(at, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) < 0;
        }

        /** A file that was not written to its end has no footer. */
        private void requireFooter() {
            long tail = end - MAGIC.length - Integer.BYTES;
            if (tail < PADDED_MAGIC || !magicAt(end - MAGIC.length)) {
                throw damaged(path, "it does not end with Arrow's mark, so it was not written to its end");
            }
            end = tail - content.get(INT, tail);
            if (end < PADDED_MAGIC || end > tail) {
                throw damaged(path, "its footer is longer than the file");
            }
        }

        /** Reads one message; where the next one begins, or below 0 at the end of the stream. */
        private long message(long at) {
            if (at + PREFIX > end) {
                throw damaged(path, "it ends within a message");
            }
            if (content.get(INT, at) != CONTINUATION) {
                throw damaged(path, "no message begins at byte " + at);
            }
            int length = content.get(INT, at + Integer.BYTES);
            if (length == 0) {
                return -1;
            }
            long body = at + PREFIX + length;
            if (length < 0 || body > end) {
                throw damaged(path, "it ends within a message");
            }
            byte[] metadata = content.asSlice(at + PREFIX, length).toArray(ValueLayout.JAVA_BYTE);
            Message message = Message.getRootAsMessage(ByteBuffer.wrap(metadata));
            long next = body + message.bodyLength();
            if (message.bodyLength() < 0 || next > end) {
                throw damaged(path, "it ends within a record batch, so it was not written to its end");
            }
            read(message, content.asSlice(body, message.bodyLength()));
            return next;
        }

        private void read(Message message, MemorySegment body) {
            switch (message.headerType()) {
                case MessageHeader.Schema -> {
                    schema = (Schema) message.header(new Schema());
                    version = message.version();
                    if (schema == null || schema.endianness() != Endianness.Little) {
                        throw damaged(path, "its numbers are big-endian, which is not read here");
                    }
                }
                case MessageHeader.RecordBatch -> {
                    RecordBatch header = (RecordBatch) message.header(new RecordBatch());
                    if (schema == null || header == null) {
                        throw damaged(path, "a record batch comes before the schema");
                    }
                    batches.add(new Batch(header, body));
                }
                case MessageHeader.DictionaryBatch -> {
                    // Values of other columns; ids are never dictionary-encoded here.
                }
                default -> throw damaged(path, "it holds a message of kind " + message.headerType());
            }
        }
    }
}
