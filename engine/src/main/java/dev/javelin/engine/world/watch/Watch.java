package dev.javelin.engine.world.watch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * Keeps what is known of all ranks and asks the {@link Judge}, at every {@link #tick} and whenever something has
 * happened. The first verdict stands; it is told once. Any thread may call.
 */
public final class Watch {
    /** A tick that comes so late shows that the watch itself was stopped: nobody is blamed for that time. */
    private static final long SLEPT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RankReport[] ranks;
    private final long timeoutNanos;
    private final LongSupplier clock;
    private final Consumer<Verdict> told;
    private Optional<Verdict> verdict = Optional.empty();
    private long tickedNanos;

    /**
     * @param told gets the verdict, on the thread that brought it about
     */
    public Watch(int ranks, long timeoutNanos, LongSupplier clock, Consumer<Verdict> told) {
        this.ranks = new RankReport[ranks];
        Arrays.setAll(this.ranks, RankReport::of);
        this.timeoutNanos = timeoutNanos;
        this.clock = clock;
        this.told = told;
        this.tickedNanos = clock.getAsLong();
    }

    public synchronized void joined(int rank, String host, long pid) {
        long now = clock.getAsLong();
        change(rank, report -> report.withJoined(host, pid, now));
    }

    /** Whether all ranks have joined. */
    public synchronized boolean complete() {
        return Arrays.stream(ranks).allMatch(RankReport::joined);
    }

    /** News of a rank; judged at the next tick. */
    public synchronized void heard(PulseReport news) {
        long now = clock.getAsLong();
        change(news.rank(), report -> report.withPulse(news, now));
    }

    /** A rank threw; what it throws after its first failure follows from that. */
    public void failed(Failure failure) {
        long now = clock.getAsLong();
        synchronized (this) {
            change(failure.rank(), report -> report.failure().isPresent() ? report : report.withFailure(failure, now));
        }
        judge();
    }

    /** A rank's process is gone; an exit code that is known later replaces a broken connection. */
    public void lost(int rank, Loss loss) {
        long now = clock.getAsLong();
        synchronized (this) {
            boolean worse = ranks[rank].loss().isPresent() && loss.kind() != Loss.Kind.EXITED;
            if (!worse) {
                change(rank, report -> report.withLoss(loss, now));
            }
        }
        judge();
    }

    /** A rank has ended well, and its process may. */
    public synchronized void left(int rank) {
        long now = clock.getAsLong();
        change(rank, report -> report.withLeft(now));
    }

    /** Looks at the clock; to be called a few times a second. */
    public void tick() {
        synchronized (this) {
            long now = clock.getAsLong();
            long gap = now - tickedNanos;
            tickedNanos = now;
            if (gap > SLEPT_NANOS) {
                Arrays.setAll(ranks, rank -> ranks[rank].later(gap));
            }
        }
        judge();
    }

    /** The time for joining is up. */
    public void overdue(long waitedNanos) {
        Verdict late;
        synchronized (this) {
            late = Judge.missing(List.of(ranks), clock.getAsLong(), waitedNanos);
        }
        decide(late);
    }

    /** Stops the world for a reason that is known elsewhere. */
    public void decide(Verdict reason) {
        synchronized (this) {
            if (verdict.isPresent()) {
                return;
            }
            verdict = Optional.of(reason);
        }
        told.accept(reason);
    }

    public synchronized Optional<Verdict> verdict() {
        return verdict;
    }

    /** What is known of all ranks. */
    public synchronized List<RankReport> ranks() {
        return new ArrayList<>(Arrays.asList(ranks));
    }

    private void judge() {
        Optional<Verdict> found;
        synchronized (this) {
            if (verdict.isPresent()) {
                return;
            }
            found = Judge.judge(List.of(ranks), clock.getAsLong(), timeoutNanos);
        }
        found.ifPresent(this::decide);
    }

    private void change(int rank, UnaryOperator<RankReport> how) {
        ranks[rank] = how.apply(ranks[rank]);
    }
}
