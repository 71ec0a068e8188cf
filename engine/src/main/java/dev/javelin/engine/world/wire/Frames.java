package dev.javelin.engine.world.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * Binary messages on a connection: the number of bytes that follow (4), the type (1), the body. What is longer than the
 * limit is not read.
 */
public final class Frames {
    /** No body is longer; the longest are a world of tens of thousands of processes. */
    public static final int MOST_BYTES = 4 << 20;

    private static final int HEAD = 5;

    /**
     * A message.
     *
     * @param type what it is
     * @param body its contents, by type
     */
    public record Frame(byte type, byte[] body) {}

    private Frames() {}

    /** Waits until all is given to the operating system; one thread at a time. */
    public static void write(SocketChannel channel, Frame frame) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(HEAD + frame.body().length)
                .putInt(1 + frame.body().length)
                .put(frame.type())
                .put(frame.body())
                .flip();
        while (message.hasRemaining()) {
            channel.write(message);
        }
    }

    /** Waits for the next message; one thread at a time. */
    public static Frame read(SocketChannel channel) throws IOException {
        ByteBuffer head = fill(channel, HEAD);
        int length = head.getInt();
        if (length < 1 || length > MOST_BYTES) {
            throw new IOException("a message of " + length + " bytes, expected 1 to " + MOST_BYTES);
        }
        return new Frame(head.get(), fill(channel, length - 1).array());
    }

    private static ByteBuffer fill(SocketChannel channel, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the connection was closed");
            }
        }
        return buffer.flip();
    }
}
