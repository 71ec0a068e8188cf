package dev.javelin.engine.log;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;
import java.util.zip.CRC32C;

/**
 * A file of records, each with its length and two checksums.
 *
 * <p>Source: TFRecord, tensorflow/core/lib/io/record_writer.h: 8 bytes of length, 4 of the length's masked CRC, the
 * bytes, 4 of their masked CRC, all little endian; CRC-32C, masked by a turn of 15 bits and a constant (crc32c.h).
 */
final class EventFile implements AutoCloseable {
    private static final int HEADER_BYTES = 12;
    private static final int FOOTER_BYTES = 4;
    private static final int MASK = 0xa282ead8;
    /** No event of ours comes near it: a longer one is damage. */
    private static final long MOST_BYTES = 1 << 28;

    private final OutputStream out;

    private EventFile(OutputStream out) {
        this.out = out;
    }

    /** A file that is not there yet. */
    static EventFile create(Path file) throws IOException {
        return new EventFile(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /** Appends a record in one write. */
    void write(byte[] record) throws IOException {
        ByteBuffer buffer =
                ByteBuffer.allocate(HEADER_BYTES + record.length + FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(record.length);
        buffer.putInt(masked(buffer.array(), 0, Long.BYTES));
        buffer.put(record);
        buffer.putInt(masked(record, 0, record.length));
        out.write(buffer.array());
    }

    private static int masked(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }

    /**
     * Cuts a file off before the first record that shall not stay, or that is not whole.
     *
     * @return number of records that stay
     */
    static long cut(Path file, Predicate<byte[]> stays) throws IOException {
        long kept = 0;
        long bytes = 0;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            for (byte[] record = read(in); record != null && stays.test(record); record = read(in)) {
                kept++;
                bytes += HEADER_BYTES + record.length + FOOTER_BYTES;
            }
        }
        if (bytes < Files.size(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(bytes);
            }
        }
        return kept;
    }

    /** The next whole record; null if there is none. */
    private static byte @org.jspecify.annotations.Nullable [] read(DataInputStream in) throws IOException {
        try {
            ByteBuffer header = buffer(in, HEADER_BYTES);
            long length = header.getLong();
            if (length < 0 || length > MOST_BYTES || header.getInt() != masked(header.array(), 0, Long.BYTES)) {
                return null;
            }
            byte[] record = buffer(in, (int) length).array();
            return buffer(in, FOOTER_BYTES).getInt() == masked(record, 0, record.length) ? record : null;
        } catch (EOFException e) {
            return null;
        }
    }

    private static ByteBuffer buffer(DataInputStream in, int length) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
