package dev.javelin.engine.world.watch;

import static dev.javelin.engine.world.watch.Words.place;
import static dev.javelin.engine.world.watch.Words.seconds;
import static dev.javelin.engine.world.watch.Words.waiters;

import dev.javelin.engine.world.Pulse.Phase;
import dev.javelin.engine.world.watch.Failure.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Says who is guilty, if anybody, from what is known of the ranks: a pure function. In the order of the rules:
 *
 * <ol>
 *   <li>all ranks failed alike, before any collective or by numbers that they have in common: nobody is, it is the
 *       job itself
 *   <li>a rank that threw an error of its own (0003), or whose process ended or broke its connection (0001), once the
 *       others have told where they wait; of several the first
 *   <li>ranks whose calls disagree (0004): see {@link Dispute}
 *   <li>a rank that was not heard of for the timeout (0001)
 *   <li>a rank that stands still for the timeout, in no patient phase and not waiting for others (0002)
 *   <li>a rank that threw what may follow from another's failure, when no other failure has shown (0003)
 *   <li>all ranks wait for the timeout, or have ended while others wait for them (0002, 0004)
 * </ol>
 *
 * A rank that waits for others is innocent as long as one of them is busy: in a patient phase, or moving.
 */
public final class Judge {
    /** How long a failure that may follow from another's, or is shared by all, waits for that to show. */
    static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long a broken connection waits for the exit code, which takes a moment on a busy host. */
    static final long EXIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    /** How long processes that all end before any collective have for it. */
    static final long END_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How long a loss and a dispute wait for what the other ranks tell of where they are. */
    static final long NEWS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final String LOOK = "look at what that rank wrote last, then start again from the last checkpoint";

    private final List<RankReport> ranks;
    private final long now;
    private final long timeout;

    private Judge(List<RankReport> ranks, long nowNanos, long timeoutNanos) {
        this.ranks = ranks;
        this.now = nowNanos;
        this.timeout = timeoutNanos;
    }

    /**
     * The verdict, if there is a reason for one.
     *
     * @param ranks all ranks, in order
     * @param nowNanos by the clock of the reports
     */
    public static Optional<Verdict> judge(List<RankReport> ranks, long nowNanos, long timeoutNanos) {
        Judge judge = new Judge(ranks, nowNanos, timeoutNanos);
        return judge.alike()
                .or(judge::broke)
                .or(judge::disagreed)
                .or(judge::silent)
                .or(judge::still)
                .or(judge::symptom)
                .or(() -> Stuck.judge(ranks, nowNanos, timeoutNanos));
    }

    /** Who had not joined when the time for it was up; if some processes have ended instead, the first of them. */
    public static Verdict missing(List<RankReport> ranks, long nowNanos, long waitedNanos) {
        Judge judge = new Judge(ranks, nowNanos, 0);
        return judge.first(rank -> !rank.joined() && rank.loss().isPresent(), RankReport::lostNanos)
                .map(judge::lost)
                .orElseGet(() -> absent(ranks, waitedNanos));
    }

    private static Verdict absent(List<RankReport> ranks, long waitedNanos) {
        List<Integer> absent = ranks.stream()
                .filter(rank -> !rank.joined())
                .map(RankReport::rank)
                .toList();
        List<Integer> present =
                ranks.stream().filter(RankReport::joined).map(RankReport::rank).toList();
        return Verdict.of(
                "JVL-RNK-0005",
                absent.size() == 1 ? absent.getFirst() : -1,
                Words.ranks(absent) + (absent.size() == 1 ? " has" : " have") + " not joined within "
                        + seconds(waitedNanos)
                        + (present.isEmpty() ? "" : "; joined: " + Words.ranks(present)),
                "look at whether all processes were started and what the missing ones wrote, or allow more time");
    }

    private Optional<Verdict> alike() {
        Optional<Failure> first = ranks.getFirst().failure();
        if (first.isEmpty()) {
            return Optional.empty();
        }
        Failure model = first.get();
        boolean all = ranks.stream()
                .allMatch(rank -> rank.failure().isPresent()
                        && rank.failure().get().alike(model)
                        && (rank.failure().get().early() || rank.failure().get().common() || ranks.size() == 1));
        return all
                ? Optional.of(new Verdict(
                        "JVL-RNK-0003",
                        -1,
                        (ranks.size() == 1 ? "rank 0" : "every rank") + " failed: " + model.text(),
                        remedy(model),
                        true))
                : Optional.empty();
    }

    /** The first error or loss; a loss that waits for news keeps later errors, which may follow from it, waiting too. */
    private Optional<Verdict> broke() {
        Optional<RankReport> failed = first(this::hasFailed, RankReport::failedNanos);
        Optional<RankReport> losing = first(rank -> rank.loss().isPresent() && !rank.left(), RankReport::lostNanos);
        boolean failedFirst = failed.isPresent()
                && (losing.isEmpty()
                        || failed.get().failedNanos() - losing.get().lostNanos() <= 0);
        return failedFirst
                ? failed.map(this::failed)
                : first(this::isLost, RankReport::lostNanos).map(this::lost);
    }

    private boolean hasFailed(RankReport rank) {
        if (rank.failure().isEmpty()) {
            return false;
        }
        Failure failure = rank.failure().get();
        return switch (failure.kind()) {
            case VERDICT -> true;
            case CAUSE ->
                now - rank.failedNanos() >= GRACE_NANOS
                        || !failure.common() && (!failure.early() || othersHaveBegun(rank));
            case SYMPTOM, DISPUTE -> false;
        };
    }

    private boolean othersHaveBegun(RankReport rank) {
        return ranks.stream()
                .anyMatch(other -> other.rank() != rank.rank()
                        && other.failure().isEmpty()
                        && (other.pulse().begun() || other.done()));
    }

    private boolean isLost(RankReport rank) {
        if (rank.loss().isEmpty() || rank.left()) {
            return false;
        }
        Loss loss = rank.loss().get();
        return switch (loss.kind()) {
            case BROKEN -> now - rank.lostNanos() >= NEWS_NANOS;
            case BROKEN_EXIT_PENDING -> now - rank.lostNanos() >= (allEndEarly() ? END_NANOS : EXIT_NANOS);
            case EXITED -> early(rank) ? !endedAlike() && othersAreHere(rank) : now - rank.lostNanos() >= NEWS_NANOS;
        };
    }

    /** Whether a process ended by its own doing before any collective: others may be about to do the same. */
    private boolean early(RankReport rank) {
        return ranks.stream().noneMatch(each -> each.pulse().begun())
                && rank.loss().map(Loss::exitCode).orElse(0) <= 128;
    }

    private boolean allEndEarly() {
        return ranks.stream()
                .allMatch(rank -> rank.loss().isPresent() && !rank.pulse().begun());
    }

    private boolean endedAlike() {
        return ranks.stream().allMatch(rank -> rank.loss().isPresent() && early(rank))
                && ranks.stream().map(RankReport::loss).distinct().count() == 1;
    }

    /** Those that neither joined nor ended are waited for, until the time for joining is up. */
    private boolean othersAreHere(RankReport rank) {
        boolean here = ranks.stream()
                .anyMatch(other -> other.rank() != rank.rank()
                        && other.loss()
                                .map(loss -> loss.kind() == Loss.Kind.EXITED
                                        && !loss.equals(rank.loss().orElse(null)))
                                .orElse(other.joined()));
        return here && now - rank.lostNanos() >= GRACE_NANOS;
    }

    private Verdict failed(RankReport rank) {
        Failure failure = rank.failure().orElseThrow();
        if (failure.kind() == Kind.VERDICT) {
            return Verdict.of(failure.code(), failure.guilty(), failure.problem(), remedy(failure));
        }
        return Verdict.of(
                "JVL-RNK-0003",
                rank.rank(),
                rank.who() + " failed" + place(rank, now) + ": " + failure.text(),
                remedy(failure));
    }

    private static String remedy(Failure failure) {
        return failure.remedy().isEmpty() ? LOOK : failure.remedy();
    }

    private Verdict lost(RankReport rank) {
        String before = rank.joined() ? "" : " before it had joined";
        return Verdict.of(
                "JVL-RNK-0001",
                rank.rank(),
                rank.who() + " " + rank.loss().orElseThrow().text() + before
                        + (rank.joined() ? place(rank, now) + waiters(ranks, rank, now, timeout) : ""),
                LOOK);
    }

    private Optional<Verdict> disagreed() {
        return ranks.stream()
                .filter(rank -> rank.failure()
                        .filter(failure -> failure.kind() == Kind.DISPUTE)
                        .isPresent())
                .filter(rank -> now - rank.failedNanos() >= NEWS_NANOS)
                .findFirst()
                .map(rank -> Dispute.judge(ranks, rank));
    }

    private Optional<Verdict> silent() {
        return first(rank -> rank.watched() && now - rank.heardNanos() >= timeout, RankReport::heardNanos)
                .map(rank -> Verdict.of(
                        "JVL-RNK-0001",
                        rank.rank(),
                        rank.who() + " has not been heard of for " + seconds(now - rank.heardNanos())
                                + ": it is stopped, its host is gone or the link to it is down" + place(rank, now)
                                + waiters(ranks, rank, now, timeout),
                        "look at its host and at the network, then start again from the last checkpoint"));
    }

    private Optional<Verdict> still() {
        return first(this::isStill, RankReport::stillSinceNanos)
                .map(rank -> Verdict.of(
                        "JVL-RNK-0002",
                        rank.rank(),
                        rank.who() + " has made no progress for " + seconds(now - rank.stillSinceNanos())
                                + place(rank, now) + waiters(ranks, rank, now, timeout),
                        "look at what it was doing; if that may take so long, allow a longer timeout"));
    }

    private boolean isStill(RankReport rank) {
        Phase phase = rank.pulse().phase();
        return rank.watched()
                && !phase.patient()
                && !rank.waits(now, timeout)
                && now - rank.stillSinceNanos() >= timeout;
    }

    private Optional<Verdict> symptom() {
        return first(
                        rank -> rank.failure()
                                        .filter(failure -> failure.kind() == Kind.SYMPTOM)
                                        .isPresent()
                                && now - rank.failedNanos() >= GRACE_NANOS,
                        RankReport::failedNanos)
                .map(this::failed);
    }

    private Optional<RankReport> first(Predicate<RankReport> which, ToLongFunction<RankReport> when) {
        // Differences, because nanoTime may pass the largest long.
        Comparator<RankReport> earlier = (a, b) -> Long.signum(when.applyAsLong(a) - when.applyAsLong(b));
        return ranks.stream().filter(which).min(earlier);
    }
}
