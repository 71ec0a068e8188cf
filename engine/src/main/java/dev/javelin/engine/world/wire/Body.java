package dev.javelin.engine.world.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes and reads the bodies of messages: numbers big-endian, texts and bytes with their length before them. */
public final class Body {
    private Body() {}

    /** Puts a body together. */
    public static final class Writer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        public Writer number(long value) {
            bytes.writeBytes(ByteBuffer.allocate(8).putLong(value).array());
            return this;
        }

        public Writer flag(boolean value) {
            bytes.write(value ? 1 : 0);
            return this;
        }

        public Writer text(String value) {
            return bytes(value.getBytes(StandardCharsets.UTF_8));
        }

        public Writer bytes(byte[] value) {
            bytes.writeBytes(ByteBuffer.allocate(4).putInt(value.length).array());
            bytes.writeBytes(value);
            return this;
        }

        public Writer numbers(List<Integer> values) {
            number(values.size());
            values.forEach(this::number);
            return this;
        }

        public byte[] done() {
            return bytes.toByteArray();
        }
    }

    /** Takes a body apart; what is not there is an error of the connection. */
    public static final class Reader {
        private final ByteBuffer buffer;

        public Reader(byte[] body) {
            this.buffer = ByteBuffer.wrap(body);
        }

        public long number() throws IOException {
            try {
                return buffer.getLong();
            } catch (BufferUnderflowException e) {
                throw new IOException("a message ends too early", e);
            }
        }

        /** A number from 0 to {@code below}, without the latter. */
        public int index(int below) throws IOException {
            long value = number();
            if (value < 0 || value >= below) {
                throw new IOException("a message has " + value + ", expected 0 to " + (below - 1));
            }
            return (int) value;
        }

        public boolean flag() throws IOException {
            try {
                return buffer.get() != 0;
            } catch (BufferUnderflowException e) {
                throw new IOException("a message ends too early", e);
            }
        }

        public String text() throws IOException {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        public byte[] bytes() throws IOException {
            try {
                int length = buffer.getInt();
                if (length < 0 || length > buffer.remaining()) {
                    throw new IOException("a message has " + buffer.remaining() + " bytes more, not " + length);
                }
                byte[] bytes = new byte[length];
                buffer.get(bytes);
                return bytes;
            } catch (BufferUnderflowException e) {
                throw new IOException("a message ends too early", e);
            }
        }

        public List<Integer> numbers() throws IOException {
            int count = index(buffer.remaining() / 8 + 1);
            List<Integer> values = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                values.add(index(Integer.MAX_VALUE));
            }
            return values;
        }
    }
}
