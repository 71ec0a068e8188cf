package dev.javelin.communicator.nccl;

import dev.javelin.spi.communicator.Seat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ranks that are threads of one JVM meet at an object that they share. */
final class ThreadRoll implements Roll {
    private static final long SLICE_MILLIS = 20;

    private final Board board;
    private final Seat seat;
    private final int self;

    private ThreadRoll(Board board, Seat seat, int self) {
        this.board = board;
        this.seat = seat;
        this.self = self;
    }

    static ThreadRoll of(Seat seat, String name, int size, int self) {
        return new ThreadRoll(seat.shared("roll " + name, Board.class, () -> new Board(size)), seat, self);
    }

    /** Where the members' lines are gathered, round by round. */
    private static final class Board {
        private final List<byte[]> given = new ArrayList<>();
        private List<byte[]> taken = List.of();
        private int came;
        private long round;
        private @Nullable String ended;

        Board(int size) {
            for (int i = 0; i < size; i++) {
                given.add(new byte[0]);
            }
        }

        synchronized List<byte[]> exchange(int member, byte[] line, Runnable check) {
            requireLive();
            given.set(member, line);
            if (++came == given.size()) {
                came = 0;
                round++;
                taken = List.copyOf(given);
                notifyAll();
                return taken;
            }
            long mine = round;
            boolean done = false;
            try {
                while (round == mine) {
                    requireLive();
                    check.run();
                    hold();
                }
                done = true;
                return taken;
            } finally {
                if (!done) {
                    end("rank " + member + " of the group waits no longer");
                }
            }
        }

        private void hold() {
            try {
                wait(SLICE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw NcclErrors.ended("the rank was interrupted while it waited for others");
            }
        }

        synchronized void end(String reason) {
            if (ended == null) {
                ended = reason;
                notifyAll();
            }
        }

        synchronized void requireLive() {
            if (ended != null) {
                throw NcclErrors.ended("the group was aborted: " + ended);
            }
        }
    }

    @Override
    public List<byte[]> call(byte[] line, Runnable check) {
        long since = System.nanoTime();
        return board.exchange(self, line, () -> {
            check.run();
            seat.waiting(since);
        });
    }

    @Override
    public void abort(String reason) {
        board.end("rank " + seat.rank() + ": " + reason);
    }

    @Override
    public void requireLive() {
        board.requireLive();
    }

    @Override
    public void close() {
        // The board goes with the world.
    }
}
