package dev.javelin.engine.world.watch;

import dev.javelin.engine.world.Pulse.Phase;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What the watch knows of a rank. All times are of the watch's own clock, taken when something arrived.
 *
 * @param rank the rank
 * @param host name of its host
 * @param pid of its process
 * @param joined whether it has joined the world
 * @param left whether it has ended well and left
 * @param pulse what it told last
 * @param heardNanos when it told that
 * @param changedNanos when its counter was first seen as it is, or it left
 * @param polledNanos when its polls were first seen as they are
 * @param failure what it threw, if it did
 * @param failedNanos when it told that
 * @param loss what happened to its process, if anything
 * @param lostNanos when that was known
 */
public record RankReport(
        int rank,
        String host,
        long pid,
        boolean joined,
        boolean left,
        PulseReport pulse,
        long heardNanos,
        long changedNanos,
        long polledNanos,
        Optional<Failure> failure,
        long failedNanos,
        Optional<Loss> loss,
        long lostNanos) {
    private static final long LATELY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A rank that nothing was heard of yet. */
    public static RankReport of(int rank) {
        return new RankReport(
                rank, "", 0, false, false, PulseReport.start(rank), 0, 0, 0, Optional.empty(), 0, Optional.empty(), 0);
    }

    public RankReport withJoined(String newHost, long newPid, long now) {
        return new RankReport(
                rank, newHost, newPid, true, left, pulse, now, now, now, failure, failedNanos, loss, lostNanos);
    }

    public RankReport withLeft(long now) {
        return new RankReport(
                rank,
                host,
                pid,
                joined,
                true,
                pulse,
                heardNanos,
                done() ? changedNanos : now,
                polledNanos,
                failure,
                failedNanos,
                loss,
                lostNanos);
    }

    /** The rank after news of it. It counts as having waited until it last asked whether to wait on. */
    public RankReport withPulse(PulseReport told, long now) {
        boolean changed = told.counter() != pulse.counter();
        boolean polled = told.polls() != pulse.polls();
        PulseReport news = polled || told.waitedNanos() < 0
                ? told
                : told.withWaiting(told.polls(), Math.min(told.waitedNanos(), pulse.waitedNanos()));
        return new RankReport(
                rank,
                host,
                pid,
                joined,
                left,
                news,
                now,
                changed ? now : changedNanos,
                polled ? now : polledNanos,
                failure,
                failedNanos,
                loss,
                lostNanos);
    }

    public RankReport withFailure(Failure news, long now) {
        return new RankReport(
                rank,
                host,
                pid,
                joined,
                left,
                pulse,
                heardNanos,
                changedNanos,
                polledNanos,
                Optional.of(news),
                now,
                loss,
                lostNanos);
    }

    /** The rank after its loss; what is known better later does not make it later. */
    public RankReport withLoss(Loss news, long now) {
        return new RankReport(
                rank,
                host,
                pid,
                joined,
                left,
                pulse,
                heardNanos,
                changedNanos,
                polledNanos,
                failure,
                failedNanos,
                Optional.of(news),
                loss.isPresent() ? lostNanos : now);
    }

    /** The same rank for a watch that has slept for a while and heard nobody meanwhile. */
    public RankReport later(long nanos) {
        return new RankReport(
                rank,
                host,
                pid,
                joined,
                left,
                pulse,
                heardNanos + nanos,
                changedNanos + nanos,
                polledNanos + nanos,
                failure,
                failedNanos,
                loss,
                lostNanos);
    }

    /** For how long it has waited for others, as far as it told. */
    long waitedNanos() {
        return pulse.waitedNanos();
    }

    /** Since when nothing of it moved: neither its counter nor its asking whether to wait on. */
    long stillSinceNanos() {
        return changedNanos - polledNanos > 0 ? changedNanos : polledNanos;
    }

    /** Whether it waits for others: it says so, and it has asked lately whether to wait on. */
    boolean waits(long now, long timeoutNanos) {
        return pulse.waitedNanos() >= 0 && now - polledNanos < Math.max(LATELY_NANOS, timeoutNanos / 2);
    }

    /** Whether its waiting in a collective has ended by what may follow from another's failure. */
    boolean brokeOff() {
        return pulse.inCollective()
                && failure.filter(thrown -> thrown.kind() == Failure.Kind.SYMPTOM)
                        .isPresent();
    }

    /** Whether it has ended its work. */
    boolean done() {
        return left || (failure.isEmpty() && pulse.phase() == Phase.DONE);
    }

    /** Whether news of it are to be expected. */
    boolean watched() {
        return joined && !left && loss.isEmpty() && failure.isEmpty();
    }

    /** The rank and where it runs. */
    String who() {
        return "rank " + rank + (pid == 0 ? "" : " (" + host + ", pid " + pid + ")");
    }
}
