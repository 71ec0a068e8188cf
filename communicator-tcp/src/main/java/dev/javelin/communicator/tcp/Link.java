package dev.javelin.communicator.tcp;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one peer, never blocking. In each direction it carries messages, a {@link Header} and its bytes, one
 * behind the other; of each direction it knows the message under way. A call {@link #begin begins} with what goes out and
 * comes in, and is {@link #done} when both have; {@link #write} and {@link #read} move what moves now. Not one byte is
 * read that is not of the message under way, so that a peer may be ahead.
 */
final class Link {
    /** Bytes moved in one go, so that all peers and both directions get their turn. */
    private static final int MOST = 1 << 20;

    private static final int LONGEST_REASON = 512;

    private final int peer;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer out = ByteBuffer.allocateDirect(Header.BYTES).limit(0);
    private final ByteBuffer in = ByteBuffer.allocateDirect(Header.BYTES);
    private final Deque<Parcel> parcels = new ArrayDeque<>();
    private Flow sending = Flow.none();
    private Flow receiving = Flow.none();
    private long messagesOut;
    private long messagesIn;
    private @Nullable Header theirs;
    private @Nullable Parcel arriving;
    private @Nullable IOException deaf;
    private @Nullable IOException over;
    private boolean expecting;
    private boolean accepted;
    private boolean mayRead = true;
    private boolean mayWrite = true;

    Link(int peer, SocketChannel channel, Selector selector) throws IOException {
        this.peer = peer;
        this.channel = channel;
        channel.configureBlocking(false);
        key = channel.register(selector, 0, this);
    }

    /** Number of the peer in the world. */
    int peer() {
        return peer;
    }

    /** Begins to send a message. */
    void send(Header header, Flow bytes) {
        out.clear();
        header.withSequence(messagesOut++).write(out);
        out.flip();
        sending = bytes;
    }

    /** Expects a message whose header will be agreed to by {@link #accept}. */
    void expect() {
        expecting = true;
    }

    /** The header of the message that is due, once it is here. */
    @Nullable
    Header incoming() {
        return parcels.isEmpty() ? theirs : parcels.peek().header();
    }

    /** Lets the bytes of the message that is due flow to where they belong. */
    void accept(Flow bytes) {
        receiving = bytes;
        expecting = false;
        if (parcels.isEmpty()) {
            accepted = true;
            arrived();
        } else {
            unpack();
        }
    }

    /** Takes the bytes from the first parcel, if it has come whole. */
    private boolean unpack() {
        Parcel parcel = parcels.peek();
        if (parcel == null || !parcel.complete()) {
            return false;
        }
        parcel.copyTo(receiving);
        parcels.remove();
        parcel.close();
        return true;
    }

    boolean done() {
        return sent() && !expecting && receiving.complete();
    }

    /** Whether the message under way is sent. */
    boolean sent() {
        return !out.hasRemaining() && sending.complete();
    }

    boolean headerSent() {
        return !out.hasRemaining();
    }

    /** Ends a call. */
    void end() {
        expecting = false;
        receiving = Flow.none();
        sending = Flow.none();
        ignore();
    }

    /** Lets the selector look past this link until {@link #watch}. */
    void ignore() {
        key.interestOps(0);
    }

    /** The message that is due has come whole: the next one may come. */
    private void next() {
        theirs = null;
        accepted = false;
        in.clear();
    }

    /**
     * Writes what goes now.
     *
     * @return payload bytes written, -1 if nothing went
     */
    long write() throws IOException {
        if (!mayWrite || deaf != null || !(out.hasRemaining() || sending.open())) {
            return -1;
        }
        int ahead = out.remaining();
        long written = 0;
        try {
            if (ahead > 0) {
                written =
                        sending.open() ? channel.write(new ByteBuffer[] {out, sending.next(MOST)}) : channel.write(out);
            } else {
                written = channel.write(sending.next(MOST));
            }
        } catch (IOException e) {
            // What the peer said before it left may still be there to be read, and says more than this.
            deaf = e;
            return -1;
        }
        long payload = written - (ahead - out.remaining());
        sending.passed(payload);
        mayWrite = written > 0;
        return written > 0 ? payload : -1;
    }

    /**
     * Reads what has come: the header of the message that is due, and bytes that were accepted.
     *
     * @return whether anything came
     */
    boolean read() throws IOException {
        if (!accepted && !expecting && !receiving.complete() && unpack()) {
            return true;
        }
        if (deaf != null && !wantsRead()) {
            throw deaf;
        }
        if (!mayRead || !wantsRead()) {
            return false;
        }
        return theirs == null ? readHeader() : readBytes();
    }

    private boolean wantsRead() {
        return arriving != null || (theirs == null ? expecting && parcels.isEmpty() : accepted && receiving.open());
    }

    /** Reads a message that no call waits for, so that its sender gets on: into a parcel if it is one to be received. */
    boolean listen() throws IOException {
        if (over != null || expecting || accepted) {
            return false;
        }
        if (arriving != null) {
            return mayRead && readBytes();
        }
        boolean came = peek();
        Header header = theirs;
        if (header == null || header.kind() != Header.Kind.SEND) {
            return came;
        }
        Parcel parcel = new Parcel(header);
        parcels.add(parcel);
        arriving = parcel;
        arrived();
        return true;
    }

    /** Reads the header of a later message if there is one, and none is awaited: the peer may have left. */
    boolean peek() throws IOException {
        return mayRead && over == null && theirs == null && !expecting && readHeader();
    }

    private boolean readHeader() throws IOException {
        int count = take(in);
        if (!in.hasRemaining()) {
            in.flip();
            try {
                theirs = Header.read(in, messagesIn++);
            } catch (IllegalArgumentException e) {
                throw new IOException("it sent what is no call: " + e.getMessage(), e);
            }
        }
        return count > 0;
    }

    private boolean readBytes() throws IOException {
        Flow flow = arriving == null ? receiving : arriving.flow();
        if (!flow.open()) {
            return false;
        }
        int count = take(flow.next(MOST));
        flow.passed(count);
        arrived();
        return count > 0;
    }

    private void arrived() {
        if (arriving != null && arriving.complete()) {
            arriving = null;
            next();
        } else if (accepted && receiving.complete()) {
            next();
        }
    }

    private int take(ByteBuffer target) throws IOException {
        if (over != null) {
            throw over;
        }
        int count;
        try {
            count = channel.read(target);
        } catch (IOException e) {
            over = e;
            throw e;
        }
        if (count < 0) {
            over = deaf != null ? deaf : new EOFException("it ended the connection");
            throw over;
        }
        mayRead = count > 0;
        return count;
    }

    /** Tries both ways again, ready or not. */
    void retry() {
        mayRead = true;
        mayWrite = true;
    }

    /** Lets the selector wait for what this link waits for, and for the peer's next message, be it a goodbye. */
    void watch() {
        boolean reads = wantsRead() || over == null && theirs == null;
        boolean writes = deaf == null && (out.hasRemaining() || sending.open());
        key.interestOps((reads ? SelectionKey.OP_READ : 0) | (writes ? SelectionKey.OP_WRITE : 0));
    }

    /** What the selector found. */
    void ready() {
        mayRead |= key.isReadable();
        mayWrite |= key.isWritable();
    }

    /** The reason behind a goodbye, as far as it has come. */
    String reason(Header goodbye) {
        ByteBuffer text = ByteBuffer.allocate(Math.clamp(goodbye.size(), 0, LONGEST_REASON));
        try {
            channel.read(text);
        } catch (IOException e) {
            return "reason unknown";
        }
        return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
    }

    /** Closes the connection; between messages, and if the buffers of the system take it, after a last word. */
    void leave(boolean failed, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, LONGEST_REASON);
        ByteBuffer last = ByteBuffer.allocate(Header.BYTES + LONGEST_REASON);
        Header.goodbye(failed, length).withSequence(messagesOut).write(last);
        last.put(text, 0, length).flip();
        try (channel) {
            if (sent() && deaf == null) {
                channel.write(last);
                channel.shutdownOutput();
                // A connection closed with bytes unread is reset, and what it sent last is lost.
                ByteBuffer rest = ByteBuffer.allocate(1 << 16);
                for (int turns = 0; turns < 64 && channel.read(rest.clear()) > 0; turns++) {}
            }
        } catch (IOException e) {
            // The peer has gone before: nobody is left to be told.
        }
        parcels.forEach(Parcel::close);
        parcels.clear();
    }
}
