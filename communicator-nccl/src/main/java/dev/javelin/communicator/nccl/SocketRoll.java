package dev.javelin.communicator.nccl;

import dev.javelin.spi.communicator.Seat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ranks in several processes meet by the seat's connections: all give their lines to the first member, who gives all lines
 * to all. A message is its length and its bytes; a negative length is that of the reason for which a member gave up.
 */
final class SocketRoll implements Roll {
    private static final long TURN_NANOS = 50_000;
    private static final int MOST_BYTES = 1 << 20;

    private final Seat seat;
    private final int size;
    private final int self;
    /** To each member, for the first one; else to the first one alone. */
    private final List<Wire> wires;

    private volatile @Nullable String ended;

    private SocketRoll(Seat seat, int size, int self, List<Wire> wires) {
        this.seat = seat;
        this.size = size;
        this.self = self;
        this.wires = wires;
    }

    static SocketRoll of(Seat seat, String name, int[] members, int self) {
        List<Wire> wires = new ArrayList<>();
        for (int peer = self == 0 ? 1 : 0; peer < (self == 0 ? members.length : 1); peer++) {
            wires.add(new Wire(seat.connect(members[peer], "nccl " + name)));
        }
        return new SocketRoll(seat, members.length, self, wires);
    }

    /** A connection that is never waited for without asking whether it is in vain. */
    private static final class Wire {
        private final SocketChannel channel;

        Wire(SocketChannel channel) {
            this.channel = channel;
            try {
                channel.configureBlocking(false);
            } catch (IOException e) {
                throw lost(e);
            }
        }

        private static RuntimeException lost(IOException e) {
            RuntimeException error = NcclErrors.ended("the connection to another rank is lost: " + e.getMessage());
            error.initCause(e);
            return error;
        }

        synchronized void write(int length, byte[] bytes, Runnable turn) {
            ByteBuffer buffer = ByteBuffer.allocate(4 + bytes.length)
                    .putInt(length)
                    .put(bytes)
                    .flip();
            try {
                while (channel.write(buffer) >= 0 && buffer.hasRemaining()) {
                    turn.run();
                }
            } catch (IOException e) {
                throw lost(e);
            }
        }

        byte[] read(Runnable turn) {
            int length = ByteBuffer.wrap(read(4, turn)).getInt();
            if (Math.abs(length) > MOST_BYTES) {
                throw NcclErrors.ended("another rank sent " + length + " bytes, which cannot be");
            }
            byte[] body = read(Math.abs(length), turn);
            if (length < 0) {
                throw new Ended(new String(body, StandardCharsets.UTF_8));
            }
            return body;
        }

        private byte[] read(int bytes, Runnable turn) {
            ByteBuffer buffer = ByteBuffer.allocate(bytes);
            try {
                while (buffer.hasRemaining()) {
                    int count = channel.read(buffer);
                    if (count < 0) {
                        throw new Ended("another rank left");
                    }
                    if (count == 0) {
                        turn.run();
                    }
                }
            } catch (IOException e) {
                throw lost(e);
            }
            return buffer.array();
        }

        void close() {
            try {
                channel.close();
            } catch (IOException e) {
                // It is of no more use, closed or not.
            }
        }
    }

    /** A member gave up. */
    private static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final String reason;

        Ended(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }

    @Override
    public List<byte[]> call(byte[] line, Runnable check) {
        long since = System.nanoTime();
        Runnable turn = () -> {
            requireLive();
            check.run();
            seat.waiting(since);
            LockSupport.parkNanos(TURN_NANOS);
        };
        boolean done = false;
        try {
            requireLive();
            List<byte[]> lines = self == 0 ? gather(line, turn) : give(line, turn);
            done = true;
            return lines;
        } catch (Ended e) {
            abort(e.reason);
            throw NcclErrors.ended("the group was aborted: " + e.reason);
        } finally {
            if (!done) {
                abort("rank " + seat.rank() + " waits no longer");
            }
        }
    }

    private List<byte[]> gather(byte[] line, Runnable turn) {
        List<byte[]> lines = new ArrayList<>(List.of(line));
        for (Wire wire : wires) {
            lines.add(wire.read(turn));
        }
        int bytes = lines.stream().mapToInt(each -> 4 + each.length).sum();
        ByteBuffer all = ByteBuffer.allocate(bytes);
        lines.forEach(each -> all.putInt(each.length).put(each));
        wires.forEach(wire -> wire.write(bytes, all.array(), turn));
        return lines;
    }

    private List<byte[]> give(byte[] line, Runnable turn) {
        Wire first = wires.getFirst();
        first.write(line.length, line, turn);
        ByteBuffer all = ByteBuffer.wrap(first.read(turn));
        List<byte[]> lines = new ArrayList<>();
        for (int member = 0; member < size; member++) {
            byte[] each = new byte[all.getInt()];
            all.get(each);
            lines.add(each);
        }
        return lines;
    }

    @Override
    public void abort(String reason) {
        synchronized (this) {
            if (ended != null) {
                return;
            }
            ended = reason.startsWith("rank ") ? reason : "rank " + seat.rank() + ": " + reason;
        }
        byte[] bytes = String.valueOf(ended).getBytes(StandardCharsets.UTF_8);
        for (Wire wire : wires) {
            try {
                wire.write(-bytes.length, bytes, SocketRoll::turnAway);
            } catch (RuntimeException e) {
                // That rank has left already.
            }
        }
    }

    /** Who gives up waits for nobody: a wire that is full is left. */
    private static void turnAway() {
        throw NcclErrors.ended("the connection to another rank is full");
    }

    @Override
    public void requireLive() {
        String reason = ended;
        if (reason != null) {
            throw NcclErrors.ended("the group was aborted: " + reason);
        }
    }

    @Override
    public void close() {
        wires.forEach(Wire::close);
    }
}
