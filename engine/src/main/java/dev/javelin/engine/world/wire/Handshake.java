package dev.javelin.engine.world.wire;

import dev.javelin.engine.world.Secret;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.util.concurrent.TimeUnit;

/**
 * Both ends of a connection prove to each other that they know the secret, without a trace of it on the wire:
 *
 * <pre>
 * server: magic(4) version(2) serverNonce(32)
 * client: magic(4) version(2) purpose(1) clientNonce(32) hmac(secret, "client", purpose, serverNonce, clientNonce)(32)
 * server: status(1), and if that is 0: hmac(secret, "server", purpose, serverNonce, clientNonce)(32)
 * </pre>
 *
 * Codes are compared in constant time; both ends have a deadline for the whole of it.
 */
public final class Handshake {
    static final int MAGIC = 0x4A564C4E;
    static final short VERSION = 1;
    private static final int NONCE = 32;
    private static final int MAC = 32;
    private static final byte OK = 0;

    /** What a connection is for. */
    public enum Purpose {
        CONTROL,
        DATA
    }

    /** Why the other end was refused, or refused. */
    public enum Reason {
        NO_JAVELIN,
        OTHER_VERSION,
        WRONG_SECRET,
        OTHER_PURPOSE,
        TOO_SLOW
    }

    /** The two ends do not belong together. */
    public static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        private final Reason reason;

        Refused(Reason reason, String message) {
            super(message);
            this.reason = reason;
        }

        public Reason reason() {
            return reason;
        }
    }

    private Handshake() {}

    /** The end that was connected to. */
    public static void server(SocketChannel channel, Secret secret, Purpose purpose, long deadlineMillis)
            throws IOException {
        Timed in = new Timed(channel, deadlineMillis);
        byte[] serverNonce = Secret.nonce(NONCE);
        write(
                channel,
                ByteBuffer.allocate(6 + NONCE).putInt(MAGIC).putShort(VERSION).put(serverNonce));
        ByteBuffer head = in.read(6);
        if (head.getInt() != MAGIC) {
            throw new Refused(Reason.NO_JAVELIN, "it does not speak Javelin's protocol");
        }
        short version = head.getShort();
        if (version != VERSION) {
            write(channel, status(Reason.OTHER_VERSION));
            throw new Refused(
                    Reason.OTHER_VERSION, "it speaks version " + version + " of the protocol, not " + VERSION);
        }
        ByteBuffer rest = in.read(1 + NONCE + MAC);
        byte asked = rest.get();
        byte[] clientNonce = bytes(rest, NONCE);
        if (!MessageDigest.isEqual(bytes(rest, MAC), secret.mac("client", asked, serverNonce, clientNonce))) {
            write(channel, status(Reason.WRONG_SECRET));
            throw new Refused(Reason.WRONG_SECRET, "it does not know the secret");
        }
        if (asked != purpose.ordinal()) {
            write(channel, status(Reason.OTHER_PURPOSE));
            throw new Refused(Reason.OTHER_PURPOSE, "it wants another port of this job");
        }
        write(channel, ByteBuffer.allocate(1 + MAC).put(OK).put(secret.mac("server", asked, serverNonce, clientNonce)));
        in.end();
    }

    /** The end that has connected. */
    public static void client(SocketChannel channel, Secret secret, Purpose purpose, long deadlineMillis)
            throws IOException {
        Timed in = new Timed(channel, deadlineMillis);
        ByteBuffer head = in.read(6 + NONCE);
        if (head.getInt() != MAGIC) {
            throw new Refused(Reason.NO_JAVELIN, "what answers there does not speak Javelin's protocol");
        }
        short version = head.getShort();
        byte[] serverNonce = bytes(head, NONCE);
        byte[] clientNonce = Secret.nonce(NONCE);
        byte asked = (byte) purpose.ordinal();
        write(
                channel,
                ByteBuffer.allocate(7 + NONCE + MAC)
                        .putInt(MAGIC)
                        .putShort(VERSION)
                        .put(asked)
                        .put(clientNonce)
                        .put(secret.mac("client", asked, serverNonce, clientNonce)));
        byte status = in.read(1).get();
        if (status != OK) {
            throw refused(status, version);
        }
        if (!MessageDigest.isEqual(in.read(MAC).array(), secret.mac("server", asked, serverNonce, clientNonce))) {
            throw new Refused(Reason.WRONG_SECRET, "what answers there does not know the secret");
        }
        in.end();
    }

    private static Refused refused(byte status, short version) {
        Reason reason =
                status > 0 && status <= Reason.values().length ? Reason.values()[status - 1] : Reason.NO_JAVELIN;
        return switch (reason) {
            case OTHER_VERSION ->
                new Refused(reason, "it speaks version " + version + " of the protocol, this one version " + VERSION);
            case WRONG_SECRET -> new Refused(reason, "it has another secret");
            case OTHER_PURPOSE -> new Refused(reason, "the port belongs to another part of a job");
            case NO_JAVELIN, TOO_SLOW -> new Refused(reason, "it refused the connection");
        };
    }

    private static ByteBuffer status(Reason reason) {
        return ByteBuffer.allocate(1).put((byte) (reason.ordinal() + 1));
    }

    private static byte[] bytes(ByteBuffer from, int count) {
        byte[] bytes = new byte[count];
        from.get(bytes);
        return bytes;
    }

    private static void write(SocketChannel channel, ByteBuffer message) throws IOException {
        message.flip();
        while (message.hasRemaining()) {
            channel.write(message);
        }
    }

    /** Reads against one deadline. */
    private static final class Timed {
        private final SocketChannel channel;
        private final InputStream in;
        private final long untilNanos;

        Timed(SocketChannel channel, long deadlineMillis) throws IOException {
            this.channel = channel;
            this.in = channel.socket().getInputStream();
            this.untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(deadlineMillis);
        }

        ByteBuffer read(int count) throws IOException {
            byte[] bytes = new byte[count];
            int at = 0;
            while (at < count) {
                long left = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
                if (left <= 0) {
                    throw late();
                }
                channel.socket().setSoTimeout((int) left);
                try {
                    int got = in.read(bytes, at, count - at);
                    if (got < 0) {
                        throw new EOFException("it closed the connection");
                    }
                    at += got;
                } catch (SocketTimeoutException e) {
                    throw late();
                }
            }
            return ByteBuffer.wrap(bytes);
        }

        private static Refused late() {
            return new Refused(Reason.TOO_SLOW, "it did not answer in time");
        }

        void end() throws IOException {
            channel.socket().setSoTimeout(0);
        }
    }
}
