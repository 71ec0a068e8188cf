package dev.javelin.engine.ranks;

import dev.javelin.engine.run.Team;
import dev.javelin.engine.world.Member;
import dev.javelin.engine.world.Pulse;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** Ranks as threads of the test, over a communicator that is slow and plain. */
public final class Ranks {
    private Ranks() {}

    /** Runs the work of each rank on a thread of its own; the results in order. The first failure is thrown. */
    public static <T> List<T> run(int count, Function<Team, T> work) {
        PlainCommunicator.Board board = new PlainCommunicator.Board(count);
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int rank = 0; rank < count; rank++) {
                Team team = new Team(new Standing(rank, count), new PlainCommunicator(board, rank));
                futures.add(threads.submit(() -> {
                    try {
                        return work.apply(team);
                    } catch (RuntimeException | Error e) {
                        board.fail(e);
                        throw e;
                    }
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw board.failure(e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            threads.shutdownNow();
        }
    }

    /** A member that needs no world. */
    private static final class Standing implements Member {
        private final int size;
        private final Pulse pulse;
        private final int rank;

        Standing(int rank, int size) {
            this.rank = rank;
            this.size = size;
            pulse = new Pulse(rank);
        }

        @Override
        public Pulse pulse() {
            return pulse;
        }

        @Override
        public void describe(LongFunction<String> tickets) {}

        @Override
        public int rank() {
            return rank;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public Closeness closeness() {
            return Closeness.THREADS;
        }

        @Override
        public void put(String key, byte[] value) {
            throw new IllegalStateException("no world");
        }

        @Override
        public byte[] get(String key) {
            throw new IllegalStateException("no world");
        }

        @Override
        public SocketChannel connect(int peer, String name) {
            throw new IllegalStateException("no world");
        }

        @Override
        public <T> T shared(String key, Class<T> type, Supplier<T> maker) {
            return maker.get();
        }

        @Override
        public void waiting(long sinceNanos) {}
    }
}
