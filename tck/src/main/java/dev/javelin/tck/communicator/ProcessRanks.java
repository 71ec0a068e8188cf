package dev.javelin.tck.communicator;

import dev.javelin.engine.world.Member;
import dev.javelin.engine.world.World;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Certification;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Ranks as processes of one world, of which this JVM is one. Each runs the same rules in the same order; what one finds
 * is told to all, so that all write the same report.
 */
public final class ProcessRanks extends Ranks {
    private static final String PARTS = "\u0000";
    private static final String HANGS = "the rank hangs";
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final Member member;
    private long round;
    private @Nullable Breach broken;

    /**
     * @param world with one rank in this JVM; stays open while rules are checked
     */
    public ProcessRanks(World world) {
        if (world.members().size() != 1) {
            throw new IllegalArgumentException(
                    world.members().size() + " ranks in this process, expected 1: use threads for several");
        }
        this.member = world.members().getFirst();
    }

    /** This process's rank. */
    public int rank() {
        return member.rank();
    }

    @Override
    List<Integer> sizes(List<Integer> wished) {
        return List.of(member.size());
    }

    @Override
    Seat.Closeness closeness() {
        return member.closeness();
    }

    @Override
    long run(CommunicatorSubject subject, int size, Duration limit, Part part) {
        if (broken != null) {
            throw new Breach("nothing was looked at: ranks still hang in an earlier call", "a world", broken.place());
        }
        Round mine = new Round(member, "tck" + round++ + "/");
        Workbench bench = new Workbench(subject, new ProbedSeat(member, mine, mine.prefix), mine);
        FutureTask<Long> task = new FutureTask<>(() -> part.run(bench));
        Thread.ofPlatform().daemon().name("tck rank " + member.rank()).start(task);
        FutureTask<byte[]> listener = new FutureTask<>(() -> {
            byte[] told = member.get(mine.prefix + "failed");
            mine.over = true;
            return told;
        });
        Thread.ofVirtual().start(listener);
        String outcome = outcome(task, bench, limit, mine);
        FutureTask<Long> closing = new FutureTask<>(() -> {
            bench.close();
            return 0L;
        });
        Thread.ofPlatform().daemon().name("tck close " + member.rank()).start(closing);
        String closed = outcome(closing, bench, GRACE, mine);
        listener.cancel(true);
        outcome = outcome.isEmpty() ? closed : outcome;
        Breach breach = mine.agree(outcome, limit.plus(GRACE));
        if (breach != null) {
            broken = breach.actual().equals(HANGS) ? breach : null;
            throw breach;
        }
        return task.resultNow();
    }

    /** Empty if all is well; what another rank's failure ended is that rank's to tell. */
    private static String outcome(FutureTask<Long> task, Workbench bench, Duration limit, Round round) {
        try {
            task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return "";
        } catch (TimeoutException e) {
            return round.failed(new Breach(HANGS, "an end in time", bench.place()));
        } catch (ExecutionException e) {
            Throwable error = e.getCause() == null ? e : e.getCause();
            if (round.over && Workbench.caused(error, Stopped.class)) {
                return "";
            }
            return round.failed(
                    error instanceof Breach breach ? breach : Certification.unexpected(error, bench.place()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return round.failed(new Breach("the check was interrupted", "an end in time", bench.place()));
        }
    }

    /** One check over the processes. */
    private static final class Round implements Crew {
        private final Member member;
        private final String prefix;
        private int exchanges;
        private volatile boolean over;

        Round(Member member, String prefix) {
            this.member = member;
            this.prefix = prefix;
        }

        @Override
        public void requireGoing() {
            if (over || Thread.currentThread().isInterrupted()) {
                throw new Stopped();
            }
            member.waiting(System.nanoTime());
        }

        @Override
        public List<byte[]> exchange(int rank, byte[] mine) {
            String key = prefix + "exchange " + exchanges++ + "/";
            member.put(key + rank, mine);
            List<byte[]> all = new ArrayList<>();
            for (int r = 0; r < member.size(); r++) {
                String theirs = key + r;
                all.add(attend(() -> member.get(theirs), Duration.ofDays(1)));
            }
            return all;
        }

        private <T> T attend(Callable<T> body, Duration limit) {
            FutureTask<T> task = new FutureTask<>(body);
            Thread.ofVirtual().start(task);
            long end = System.nanoTime() + limit.toNanos();
            try {
                while (true) {
                    try {
                        return task.get(5, TimeUnit.MILLISECONDS);
                    } catch (TimeoutException e) {
                        requireGoing();
                        if (System.nanoTime() - end > 0) {
                            throw new Stopped();
                        }
                    }
                }
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException error ? error : new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Stopped();
            } finally {
                task.cancel(true);
            }
        }

        /** Tells all ranks that the check is over; the first who tells is heard. */
        String failed(Breach breach) {
            try {
                member.put(prefix + "failed", new byte[0]);
            } catch (IllegalArgumentException taken) {
                over = true;
            }
            return breach.actual() + PARTS + breach.expected() + PARTS + breach.place();
        }

        /** What the ranks found together: the breach of the first that has one; null if all is well. */
        @Nullable
        Breach agree(String outcome, Duration limit) {
            member.put(prefix + "end/" + member.rank(), outcome.getBytes(StandardCharsets.UTF_8));
            over = false;
            Breach first = null;
            for (int r = 0; r < member.size(); r++) {
                String key = prefix + "end/" + r;
                String[] parts = new String(attend(() -> member.get(key), limit), StandardCharsets.UTF_8).split(PARTS);
                if (first == null && parts.length == 3) {
                    first = new Breach(parts[0], parts[1], parts[2]);
                }
            }
            return first;
        }
    }
}
