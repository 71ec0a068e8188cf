package dev.javelin.engine.world.link;

import dev.javelin.engine.world.wire.Frames;
import dev.javelin.engine.world.wire.Frames.Frame;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.LinkedBlockingQueue;

/** A control connection whose sender never waits: messages leave in order, by a thread of the pipe's own. */
final class Pipe implements AutoCloseable {
    /** A peer that has taken none of so many messages takes none. */
    private static final int MOST_QUEUED = 10_000;

    private static final Frame END = new Frame((byte) -1, new byte[0]);

    private final SocketChannel channel;
    private final LinkedBlockingQueue<Frame> queue = new LinkedBlockingQueue<>(MOST_QUEUED);

    Pipe(SocketChannel channel) {
        this.channel = channel;
        Thread.ofVirtual().name("javelin-control-writer").start(this::write);
    }

    SocketChannel channel() {
        return channel;
    }

    private void write() {
        try {
            for (Frame frame = queue.take(); frame != END; frame = queue.take()) {
                Frames.write(channel, frame);
            }
            channel.shutdownOutput();
        } catch (IOException e) {
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
        }
    }

    /** Sends a message soon; a connection whose peer takes nothing is closed. */
    void send(Frame frame) {
        if (!queue.offer(frame)) {
            close();
        }
    }

    /** The next message; waits for it. */
    Frame read() throws IOException {
        return Frames.read(channel);
    }

    /** Sends what is queued and then tells the peer that no more will come. */
    void finish() {
        send(END);
    }

    @Override
    public void close() {
        queue.clear();
        queue.offer(END);
        try {
            channel.close();
        } catch (IOException e) {
            // A connection that cannot be closed is closed.
            assert !channel.isOpen();
        }
    }
}
