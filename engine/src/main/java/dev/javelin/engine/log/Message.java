package dev.javelin.engine.log;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A protocol buffer being written, field by field.
 *
 * <p>Source: "Encoding", the wire format of protocol buffers, protobuf.dev.
 */
final class Message {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int field, long value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    Message real64(int field, double value) {
        tag(field, FIXED64);
        ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        out.writeBytes(buffer.putDouble(value).array());
        return this;
    }

    Message real32(int field, float value) {
        tag(field, FIXED32);
        ByteBuffer buffer = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        out.writeBytes(buffer.putFloat(value).array());
        return this;
    }

    Message text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
        return bytes(field, value.toBytes());
    }

    private Message bytes(int field, byte[] value) {
        tag(field, BYTES);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    private void tag(int field, int type) {
        varint((long) field << 3 | type);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    /**
     * A number field of an encoded message, on its first level.
     *
     * @return the last one of this field; {@code fallback} if there is none
     * @throws IllegalArgumentException if the bytes are no message
     */
    static long number(byte[] message, int field, long fallback) {
        ByteBuffer in = ByteBuffer.wrap(message);
        long found = fallback;
        try {
            while (in.hasRemaining()) {
                long tag = varint(in);
                switch ((int) (tag & 7)) {
                    case VARINT -> {
                        long value = varint(in);
                        found = tag >>> 3 == field ? value : found;
                    }
                    case FIXED64 -> skip(in, 8);
                    case BYTES -> skip(in, varint(in));
                    case FIXED32 -> skip(in, 4);
                    default -> throw new IllegalArgumentException("wire type " + (tag & 7));
                }
            }
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a message that ends within a field", e);
        }
        return found;
    }

    private static void skip(ByteBuffer in, long bytes) {
        if (bytes < 0 || bytes > in.remaining()) {
            throw new BufferUnderflowException();
        }
        in.position(in.position() + (int) bytes);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than 10 bytes");
    }
}
