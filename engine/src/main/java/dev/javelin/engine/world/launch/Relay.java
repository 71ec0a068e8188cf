package dev.javelin.engine.world.launch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Carries what a child writes to a stream of this process, on a thread of its own, until the child closes its end. */
final class Relay {
    private static final int BYTES = 8192;
    private static final int MOST_LINE_BYTES = 64 << 10;

    private final InputStream from;
    private final OutputStream to;
    private final byte[] prefix;
    private final Thread thread;

    /**
     * Starts at once.
     *
     * @param prefix of each line; empty to pass on all bytes as they come
     */
    Relay(InputStream from, OutputStream to, String prefix) {
        this.from = from;
        this.to = to;
        this.prefix = prefix.getBytes(StandardCharsets.UTF_8);
        this.thread = Thread.ofVirtual().name("javelin-relay").start(this::carry);
    }

    private void carry() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] bytes = new byte[BYTES];
        try (from) {
            for (int count = from.read(bytes); count >= 0; count = from.read(bytes)) {
                if (prefix.length == 0) {
                    pass(bytes, count);
                } else {
                    cut(line, bytes, count);
                }
            }
        } catch (IOException e) {
            // The child is gone, or nobody reads what this process writes: there is nothing left to carry.
        } finally {
            if (line.size() > 0) {
                flush(line);
            }
        }
    }

    private void pass(byte[] bytes, int count) throws IOException {
        synchronized (to) {
            to.write(bytes, 0, count);
            to.flush();
        }
    }

    private void cut(ByteArrayOutputStream line, byte[] bytes, int count) {
        for (int i = 0; i < count; i++) {
            line.write(bytes[i]);
            if (bytes[i] == '\n' || line.size() >= MOST_LINE_BYTES) {
                flush(line);
            }
        }
    }

    /** One line in one piece, so that lines of several children do not mix. */
    private void flush(ByteArrayOutputStream line) {
        byte[] text = line.toByteArray();
        line.reset();
        try {
            synchronized (to) {
                to.write(prefix);
                to.write(text);
                if (text[text.length - 1] != '\n') {
                    to.write('\n');
                }
                to.flush();
            }
        } catch (IOException e) {
            // Nobody reads: the child is still relieved of its lines.
            line.reset();
        }
    }

    /** Waits for the child's end of the stream, for a moment. */
    void join(long millis) throws InterruptedException {
        thread.join(millis);
    }
}
