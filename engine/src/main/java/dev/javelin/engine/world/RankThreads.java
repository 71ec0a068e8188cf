package dev.javelin.engine.world;

import dev.javelin.engine.world.World.RankBody;
import dev.javelin.engine.world.link.Link;
import dev.javelin.engine.world.watch.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One run of the members' work, each on a thread of its own. Ends when all threads have, and all ranks elsewhere. After a
 * verdict it waits for a moment, then interrupts the threads that are still there, then leaves them behind: they are
 * daemons.
 */
final class RankThreads<T> {
    private static final long POLL_MILLIS = 20;
    private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(700);
    private static final long LEAVE_NANOS = TimeUnit.MILLISECONDS.toNanos(1200);

    private final Link link;
    private final List<RankThread> threads = new ArrayList<>();

    /** The work of one rank, and what came of it. */
    private final class RankThread {
        private final RankSeat seat;
        private final Thread thread;
        private volatile @Nullable T result;
        private volatile @Nullable Throwable thrown;
        private volatile boolean told;

        RankThread(RankSeat seat, RankBody<T> body) {
            this.seat = seat;
            this.thread = Thread.ofPlatform()
                    .name("javelin-rank-" + seat.rank())
                    .daemon()
                    .unstarted(() -> run(body));
        }

        /** Whatever ends a rank, an Error too, ends the world: nothing may leave this thread untold. */
        private void run(RankBody<T> body) {
            try {
                seat.pulse().enter(Pulse.Phase.START);
                result = body.run(seat);
                seat.pulse().enter(Pulse.Phase.DONE);
                link.ended(seat.rank());
            } catch (Throwable e) {
                thrown = e;
                link.failed(seat.failure(e));
            }
            told = true;
        }

        /** A failure that cannot even be put into words, as when memory is short, must not leave all waiting. */
        void requireTold() {
            if (!thread.isAlive() && !told && link.verdict() == null) {
                throw new IllegalStateException("rank " + seat.rank() + " failed and could not say so", thrown);
            }
        }
    }

    RankThreads(Link link, List<RankSeat> seats, RankBody<T> body) {
        this.link = link;
        seats.forEach(seat -> threads.add(new RankThread(seat, body)));
    }

    List<T> run() {
        CompletableFuture<Void> allEnded = link.allEnded();
        link.started();
        threads.forEach(rank -> rank.thread.start());
        boolean interrupted = join();
        try {
            interrupted |= await(allEnded);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        Verdict verdict = allEnded.isDone() ? null : link.verdict();
        if (verdict != null) {
            throw failure(verdict);
        }
        List<T> results = new ArrayList<>();
        for (RankThread rank : threads) {
            results.add(rank.result);
        }
        return results;
    }

    /** Waits for the threads, for a bounded time after a verdict; returns whether the caller was interrupted. */
    private boolean join() {
        boolean interrupted = false;
        long verdictNanos = 0;
        for (RankThread rank : threads) {
            while (rank.thread.isAlive()) {
                if (link.verdict() != null) {
                    verdictNanos = verdictNanos == 0 ? System.nanoTime() : verdictNanos;
                    long past = System.nanoTime() - verdictNanos;
                    if (past > LEAVE_NANOS) {
                        return interrupted;
                    }
                    if (past > ASK_NANOS) {
                        threads.forEach(each -> each.thread.interrupt());
                    }
                }
                try {
                    rank.thread.join(POLL_MILLIS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                threads.forEach(RankThread::requireTold);
            }
            rank.requireTold();
        }
        return interrupted;
    }

    /** Waits until all ranks have ended or the world has stopped; returns whether the caller was interrupted. */
    private boolean await(CompletableFuture<Void> allEnded) {
        boolean interrupted = false;
        while (link.verdict() == null) {
            try {
                allEnded.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
                return interrupted;
            } catch (TimeoutException e) {
                // The turn of the loop looks for a verdict; the watch sees to it that there will be one or the other.
                assert !allEnded.isCancelled();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        return interrupted;
    }

    private RuntimeException failure(Verdict verdict) {
        @Nullable
        Throwable own = threads.stream()
                .filter(rank -> rank.seat.rank() == verdict.rank() || verdict.alike())
                .map(rank -> rank.thrown)
                .filter(thrown -> thrown != null)
                .findFirst()
                .orElse(null);
        if (verdict.alike() && own instanceof RuntimeException same) {
            return same;
        }
        if (verdict.alike() && own instanceof Error same) {
            throw same;
        }
        RankFailure failure = verdict.failure();
        if (own != null && !(own instanceof RankFailure)) {
            failure.initCause(own);
        }
        return failure;
    }
}
