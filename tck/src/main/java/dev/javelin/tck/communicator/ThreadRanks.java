package dev.javelin.tck.communicator;

import dev.javelin.engine.world.World;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.Worlds;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Certification;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Ranks as threads of this JVM; each check has worlds of its own. */
public final class ThreadRanks extends Ranks {
    private static final long GRACE_MILLIS = 1_000;

    private final IntFunction<Table> tables;

    /** The seats of one world. */
    public interface Table extends AutoCloseable {
        List<? extends Seat> seats();

        @Override
        void close();
    }

    /** @param tables makes a world of so many ranks */
    public ThreadRanks(IntFunction<Table> tables) {
        this.tables = tables;
    }

    /** Ranks of the engine's worlds of threads. */
    public static ThreadRanks ofWorlds() {
        return new ThreadRanks(size -> new WorldTable(Worlds.threads(size, WorldOptions.standard())));
    }

    private record WorldTable(World world) implements Table {
        @Override
        public List<? extends Seat> seats() {
            return world.members();
        }

        @Override
        public void close() {
            world.close();
        }
    }

    @Override
    List<Integer> sizes(List<Integer> wished) {
        return wished;
    }

    @Override
    Seat.Closeness closeness() {
        return Seat.Closeness.THREADS;
    }

    @Override
    long run(CommunicatorSubject subject, int size, Duration limit, Part part) {
        try (Table table = tables.apply(size)) {
            return new Meeting(subject, table.seats(), part).run(limit);
        }
    }

    /** One check on the ranks of one world. */
    private static final class Meeting implements Crew {
        private final List<Rank> ranks = new ArrayList<>();
        private final CountDownLatch ended;
        private final AtomicLong calls = new AtomicLong();
        private final List<byte[]> given = new ArrayList<>();
        private List<byte[]> taken = List.of();
        private int came;
        private volatile boolean over;
        private @Nullable Breach first;

        private record Rank(Workbench bench, Thread thread) {}

        Meeting(CommunicatorSubject subject, List<? extends Seat> seats, Part part) {
            this.ended = new CountDownLatch(seats.size());
            for (Seat seat : seats) {
                given.add(new byte[0]);
                Workbench bench = new Workbench(subject, new ProbedSeat(seat, this, ""), this);
                Thread.Builder thread = Thread.ofPlatform().daemon().name("tck rank " + seat.rank());
                ranks.add(new Rank(bench, thread.unstarted(() -> work(bench, part))));
            }
        }

        /** A failure is told before the bench is closed: what is on its queue may wait for the others. */
        private void work(Workbench bench, Part part) {
            try {
                judge(bench, () -> part.run(bench));
                judge(bench, () -> {
                    bench.close();
                    return 0L;
                });
            } finally {
                ended.countDown();
            }
        }

        long run(Duration limit) {
            ranks.forEach(rank -> rank.thread().start());
            try {
                if (!ended.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    fail(hanging());
                    leave();
                }
            } catch (InterruptedException e) {
                leave();
                throw new Breach("the check was interrupted", "an end in time", hangingPlaces());
            }
            synchronized (this) {
                if (first != null) {
                    throw first;
                }
            }
            return calls.get();
        }

        /** Ends the waits of those who are still there, and leaves behind who does not heed it. */
        private void leave() {
            over = true;
            try {
                if (!ended.await(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
                    ranks.forEach(rank -> rank.thread().interrupt());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void judge(Workbench bench, Callable<Long> body) {
            FutureTask<Long> task = new FutureTask<>(body);
            task.run();
            if (task.state() == Future.State.SUCCESS) {
                calls.addAndGet(task.resultNow());
                return;
            }
            Throwable error = task.exceptionNow();
            if (!over || !Workbench.caused(error, Stopped.class)) {
                fail(error instanceof Breach breach ? breach : Certification.unexpected(error, bench.place()));
            }
        }

        private synchronized void fail(Breach breach) {
            if (first == null) {
                first = breach;
            }
            over = true;
            notifyAll();
        }

        private Breach hanging() {
            return new Breach("ranks hang", "an end in time", hangingPlaces());
        }

        private String hangingPlaces() {
            return ranks.stream()
                    .filter(rank -> rank.thread().isAlive())
                    .map(rank -> rank.bench().place() + " (" + top(rank.thread()) + ")")
                    .collect(Collectors.joining("; "));
        }

        private static String top(Thread thread) {
            return Arrays.stream(thread.getStackTrace())
                    .filter(frame -> frame.getClassName().startsWith("dev.javelin")
                            || !frame.getClassName().startsWith("java."))
                    .limit(3)
                    .map(StackTraceElement::toString)
                    .collect(Collectors.joining(" < "));
        }

        @Override
        public void requireGoing() {
            if (over || Thread.currentThread().isInterrupted()) {
                throw new Stopped();
            }
        }

        @Override
        public synchronized List<byte[]> exchange(int rank, byte[] mine) {
            given.set(rank, mine);
            List<byte[]> before = taken;
            if (++came == given.size()) {
                came = 0;
                taken = List.copyOf(given);
                notifyAll();
                return taken;
            }
            while (taken == before) {
                requireGoing();
                try {
                    wait(50);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new Stopped();
                }
            }
            return taken;
        }
    }
}
