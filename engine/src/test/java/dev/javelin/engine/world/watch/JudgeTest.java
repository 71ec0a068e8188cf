package dev.javelin.engine.world.watch;

import static dev.javelin.engine.world.watch.Ranks.NOW_MILLIS;
import static dev.javelin.engine.world.watch.Ranks.TIMEOUT_MILLIS;
import static dev.javelin.engine.world.watch.Ranks.failure;
import static dev.javelin.engine.world.watch.Ranks.joined;
import static dev.javelin.engine.world.watch.Ranks.nanos;
import static dev.javelin.engine.world.watch.Ranks.stands;
import static dev.javelin.engine.world.watch.Ranks.trains;
import static dev.javelin.engine.world.watch.Ranks.waits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.engine.world.Pulse.Phase;
import dev.javelin.engine.world.watch.Failure.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Situations of ranks at 100 s with a timeout of 10 s, and who is guilty. */
class JudgeTest {
    private static final RankReport MOVING = trains(0, 100);

    /**
     * A row of the table.
     *
     * @param code expected; empty if nobody is guilty
     * @param words that the verdict holds
     */
    record Situation(String name, List<RankReport> ranks, String code, int guilty, List<String> words) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Situation innocent(String name, RankReport... ranks) {
        return new Situation(name, List.of(ranks), "", -1, List.of());
    }

    /** The words are parted by bars. */
    private static Situation guilty(String name, String code, int rank, String words, RankReport... ranks) {
        return new Situation(name, List.of(ranks), code, rank, Arrays.asList(words.split("\\|")));
    }

    @ParameterizedTest
    @MethodSource({"losses", "stillness", "failures", "beforeJoining", "disputes"})
    void theVerdictOf(Situation situation) {
        Optional<Verdict> verdict = Judge.judge(situation.ranks(), nanos(NOW_MILLIS), nanos(TIMEOUT_MILLIS));

        assertEquals(situation.code(), verdict.map(Verdict::code).orElse(""), verdict::toString);
        if (verdict.isPresent()) {
            assertEquals(situation.guilty(), verdict.get().rank(), verdict::toString);
            assertFalse(verdict.get().alike());
            for (String word : situation.words()) {
                assertTrue(verdict.get().problem().contains(word), () -> word + " is not in " + verdict);
            }
        }
    }

    static Stream<Situation> losses() {
        RankReport one = waits(1, 3, 100);
        RankReport starting = joined(1).withPulse(PulseReport.start(1), nanos(NOW_MILLIS));
        RankReport silent = joined(1).withPulse(one.pulse(), nanos(NOW_MILLIS - TIMEOUT_MILLIS));
        return Stream.of(
                innocent("all that move are innocent", MOVING, one),
                guilty(
                        "a killed process is lost",
                        "JVL-RNK-0001",
                        1,
                        "rank 1 (host-1, pid 1001) was killed by signal 9 (SIGKILL)|step 12|unit h.3 as of rank 1|rank 0 waits in"
                                + " all_reduce of unit h.3 as of rank 0",
                        waits(0, 3, 100),
                        one.withLoss(Loss.exited(137), nanos(NOW_MILLIS - 500))),
                guilty(
                        "so is one that exits, with its code",
                        "JVL-RNK-0001",
                        1,
                        "exited with code 3",
                        MOVING,
                        one.withLoss(Loss.exited(3), nanos(NOW_MILLIS - 500))),
                guilty(
                        "even if the code is 0",
                        "JVL-RNK-0001",
                        1,
                        "exited with code 0",
                        MOVING,
                        one.withLoss(Loss.exited(0), nanos(NOW_MILLIS - 500))),
                guilty(
                        "and one whose connection broke",
                        "JVL-RNK-0001",
                        1,
                        "is lost: connection reset",
                        MOVING,
                        one.withLoss(Loss.broken("connection reset", false), nanos(NOW_MILLIS - 500))),
                innocent(
                        "the others are given the time to tell where they wait",
                        MOVING,
                        one.withLoss(Loss.exited(137), nanos(NOW_MILLIS - 499))),
                innocent(
                        "even if one of them fails for it",
                        MOVING.withFailure(failure(0), nanos(NOW_MILLIS - 300)),
                        one.withLoss(Loss.exited(137), nanos(NOW_MILLIS - 499))),
                guilty(
                        "which is not the cause",
                        "JVL-RNK-0001",
                        1,
                        "SIGKILL",
                        MOVING.withFailure(failure(0), nanos(NOW_MILLIS - 300)),
                        one.withLoss(Loss.exited(137), nanos(NOW_MILLIS - 500))),
                innocent(
                        "before its first collective it may have company",
                        MOVING,
                        starting.withLoss(Loss.exited(3), nanos(NOW_MILLIS - 900))),
                guilty(
                        "but not for ever",
                        "JVL-RNK-0001",
                        1,
                        "code 3",
                        MOVING,
                        starting.withLoss(Loss.exited(3), nanos(NOW_MILLIS - 1_000))),
                guilty(
                        "and not if it was killed",
                        "JVL-RNK-0001",
                        1,
                        "SIGKILL",
                        MOVING,
                        starting.withLoss(Loss.exited(137), nanos(NOW_MILLIS - 500))),
                innocent(
                        "all that ended alike before the first collective are for the launcher to tell",
                        joined(0).withLoss(Loss.exited(2), nanos(NOW_MILLIS - 5_000)),
                        starting.withLoss(Loss.exited(2), nanos(NOW_MILLIS - 9_000))),
                innocent(
                        "and those that are all about to end, too",
                        joined(0).withLoss(Loss.broken("left", true), nanos(NOW_MILLIS - 5_000)),
                        starting.withLoss(Loss.exited(2), nanos(NOW_MILLIS - 9_000))),
                innocent(
                        "it waits a moment for the exit code if one is",
                        MOVING,
                        one.withLoss(Loss.broken("reset", true), nanos(NOW_MILLIS - 1_400))),
                guilty(
                        "but not for long",
                        "JVL-RNK-0001",
                        1,
                        "reset",
                        MOVING,
                        one.withLoss(Loss.broken("reset", true), nanos(NOW_MILLIS - 1_500))),
                innocent(
                        "a rank that has left may lose its connection",
                        MOVING,
                        one.withLeft(nanos(NOW_MILLIS - 500)).withLoss(Loss.exited(0), nanos(NOW_MILLIS - 500))),
                guilty(
                        "of two losses the first counts",
                        "JVL-RNK-0001",
                        0,
                        "code 5",
                        waits(0, 3, 100).withLoss(Loss.exited(5), nanos(NOW_MILLIS - 520)),
                        one.withLoss(Loss.exited(3), nanos(NOW_MILLIS - 510))),
                guilty(
                        "silence for the timeout is a loss",
                        "JVL-RNK-0001",
                        1,
                        "has not been heard of for 10.0 s|rank 0 waits",
                        waits(0, 3, 9_000),
                        silent),
                guilty(
                        "also in a patient phase",
                        "JVL-RNK-0001",
                        1,
                        "phase save",
                        MOVING,
                        joined(1)
                                .withPulse(
                                        PulseReport.start(1).withPhase(Phase.SAVE),
                                        nanos(NOW_MILLIS - TIMEOUT_MILLIS))),
                innocent(
                        "silence for less is none",
                        MOVING,
                        joined(1).withPulse(one.pulse(), nanos(NOW_MILLIS - TIMEOUT_MILLIS + 1))));
    }

    static Stream<Situation> stillness() {
        RankReport asksNoMore = joined(1)
                .withPulse(waits(1, 3, 0).pulse().withWaiting(9, nanos(100)), nanos(NOW_MILLIS - TIMEOUT_MILLIS))
                .withPulse(waits(1, 3, 0).pulse().withWaiting(9, nanos(10_100)), nanos(NOW_MILLIS));
        return Stream.of(
                guilty(
                        "a rank that stands still for the timeout is stalled",
                        "JVL-RNK-0002",
                        1,
                        "rank 1 (host-1, pid 1001) has made no progress for 10.0 s|step 12|matmul of h.1|rank 0 waits in"
                                + " all_reduce of unit h.3 as of rank 0",
                        waits(0, 3, 9_900),
                        trains(1, TIMEOUT_MILLIS)),
                innocent("standing still for less is none", waits(0, 3, 9_900), trains(1, TIMEOUT_MILLIS - 1)),
                innocent("an evaluation may take long", waits(0, 3, 90_000), stands(1, Phase.EVALUATE, 90_000)),
                innocent("so may a save", waits(0, 3, 90_000), stands(1, Phase.SAVE, 90_000)),
                innocent("and the start", waits(0, 3, 90_000), stands(1, Phase.START, 90_000)),
                innocent("ranks may wait long for one that moves", waits(0, 3, 50_000), trains(1, 100)),
                guilty(
                        "of two that wait and one that stands still, that one",
                        "JVL-RNK-0002",
                        1,
                        "ranks 0, 2 wait in",
                        waits(0, 3, 50_000),
                        trains(1, 10_001),
                        withText(waits(2, 3, 50_000), "all_reduce of unit h.3 as of rank 0")),
                guilty(
                        "a rank in a collective that no longer asks whether to wait on is stalled",
                        "JVL-RNK-0002",
                        1,
                        "in the collective all_reduce of unit h.3 as of rank 1",
                        waits(0, 3, 9_000),
                        asksNoMore),
                innocent("all wait, one of them not yet for the timeout", waits(0, 3, 11_000), waits(1, 3, 9_999)),
                guilty(
                        "all wait for the timeout: it is the network",
                        "JVL-RNK-0002",
                        -1,
                        "no rank can go on|rank 0 has waited for others for 11.0 s in all_reduce of unit h.3 as of rank 0|rank"
                                + " 1 has waited for others for 10.0 s",
                        waits(0, 3, 11_000),
                        waits(1, 3, 10_000)),
                guilty(
                        "even in phases in which they may take long, for they do not work",
                        "JVL-RNK-0002",
                        -1,
                        "no rank can go on",
                        waits(0, Phase.EVALUATE, 3, 11_000),
                        waits(1, Phase.START, 3, 10_000)),
                guilty(
                        "one of three waits elsewhere",
                        "JVL-RNK-0002",
                        2,
                        "rank 2 waits apart|h.4",
                        withText(waits(0, 3, 11_000), "h.3"),
                        withText(waits(1, 3, 11_000), "h.3"),
                        withText(waits(2, 4, 10_000), "h.4")),
                guilty(
                        "a rank that has ended leaves the others waiting",
                        "JVL-RNK-0004",
                        0,
                        "rank 0 has ended the run while rank 1 has waited",
                        stands(0, Phase.DONE, 20_000),
                        waits(1, 3, 10_000)),
                guilty(
                        "and one that has left, once it has been gone for the timeout",
                        "JVL-RNK-0004",
                        0,
                        "rank 0 has ended the run while rank 1 has waited",
                        trains(0, 12_000).withLeft(nanos(NOW_MILLIS - 10_000)),
                        waits(1, 3, 20_000)),
                innocent(
                        "one that has just left has brought what the other, by its last news, still waited for",
                        trains(0, 12_000).withLeft(nanos(NOW_MILLIS - 9_999)),
                        waits(1, 3, 20_000)),
                innocent(
                        "one that has just ended has brought it too",
                        stands(0, Phase.DONE, 9_999),
                        waits(1, 3, 20_000)),
                innocent(
                        "one that has ended may wait for the others' end", stands(0, Phase.DONE, 90_000), trains(1, 5)),
                innocent("all have ended", stands(0, Phase.DONE, 90_000), stands(1, Phase.DONE, 90_000)));
    }

    private static RankReport withText(RankReport rank, String text) {
        PulseReport pulse = rank.pulse();
        return joined(rank.rank())
                .withPulse(
                        pulse.withCollective(pulse.ticket(), text).withWaiting(1, pulse.waitedNanos()),
                        nanos(NOW_MILLIS));
    }

    static Stream<Situation> failures() {
        Failure symptom = Failure.of(0, "connection reset")
                .withCode("JVL-COM-0005", "look")
                .withKind(Kind.SYMPTOM, 0);
        RankReport one = trains(1, 100);
        RankReport starting = joined(1).withPulse(PulseReport.start(1), nanos(NOW_MILLIS));
        RankReport early = joined(0).withPulse(PulseReport.start(0), nanos(NOW_MILLIS));
        return Stream.of(
                guilty(
                        "a rank that threw is guilty with its message",
                        "JVL-RNK-0003",
                        1,
                        "rank 1 (host-1, pid 1001) failed|JVL-API-0001 the model is broken|step 12",
                        MOVING,
                        one.withFailure(failure(1), nanos(NOW_MILLIS))),
                guilty(
                        "of two that threw, the first",
                        "JVL-RNK-0003",
                        1,
                        "",
                        MOVING.withFailure(failure(0), nanos(NOW_MILLIS)),
                        one.withFailure(failure(1), nanos(NOW_MILLIS - 1))),
                innocent(
                        "at the start the others may be about to throw the same",
                        early.withFailure(failure(0).withEarly(true), nanos(NOW_MILLIS - 900)),
                        starting),
                guilty(
                        "but not for ever",
                        "JVL-RNK-0003",
                        0,
                        "",
                        early.withFailure(failure(0).withEarly(true), nanos(NOW_MILLIS - 1_000)),
                        starting),
                guilty(
                        "nor once another is past the start",
                        "JVL-RNK-0003",
                        0,
                        "",
                        early.withFailure(failure(0).withEarly(true), nanos(NOW_MILLIS)),
                        waits(1, 1, 5)),
                innocent(
                        "a broken connection may follow from another's loss",
                        MOVING.withFailure(symptom, nanos(NOW_MILLIS - 900)),
                        one),
                guilty(
                        "which then is the cause",
                        "JVL-RNK-0001",
                        1,
                        "SIGKILL",
                        MOVING.withFailure(symptom, nanos(NOW_MILLIS - 900)),
                        one.withLoss(Loss.exited(137), nanos(NOW_MILLIS - 500))),
                guilty(
                        "without one it is the rank's own error",
                        "JVL-RNK-0003",
                        0,
                        "connection reset",
                        MOVING.withFailure(symptom, nanos(NOW_MILLIS - 1_000)),
                        one),
                guilty(
                        "a rank that names another is believed",
                        "JVL-RNK-0004",
                        1,
                        "programs differ",
                        MOVING.withFailure(
                                Failure.of(0, "programs differ")
                                        .withCode("JVL-RNK-0004", "use one model")
                                        .withKind(Kind.VERDICT, 1),
                                nanos(NOW_MILLIS)),
                        one));
    }

    static Stream<Situation> beforeJoining() {
        RankReport gone = RankReport.of(0).withLoss(Loss.exited(2), nanos(NOW_MILLIS - 5_000));
        return Stream.of(
                innocent("a process that ended before it joined may have company", gone, RankReport.of(1)),
                innocent(
                        "all that ended alike are for the launcher to tell",
                        gone,
                        RankReport.of(1).withLoss(Loss.exited(2), nanos(NOW_MILLIS))),
                guilty(
                        "it is lost when others have joined",
                        "JVL-RNK-0001",
                        0,
                        "rank 0 exited with code 2 before it had joined",
                        gone,
                        trains(1, 100)),
                guilty(
                        "or ended otherwise",
                        "JVL-RNK-0001",
                        0,
                        "code 2",
                        gone,
                        RankReport.of(1).withLoss(Loss.exited(137), nanos(NOW_MILLIS - 10))));
    }

    private static Failure dispute(int rank, long ticket, int other, long otherTicket) {
        return Failure.of(rank, "calls differ")
                .withCode("JVL-COM-0002", "every rank")
                .withDispute(new Failure.Dispute(
                        ticket,
                        "all_reduce of unit h." + ticket + " as of rank " + rank,
                        other,
                        otherTicket,
                        "all_reduce of unit h." + otherTicket + " as of rank " + rank));
    }

    static Stream<Situation> disputes() {
        long noticed = nanos(NOW_MILLIS - 500);
        return Stream.of(
                innocent(
                        "the other ranks are heard first",
                        waits(0, 7, 10).withFailure(dispute(0, 7, 1, 8), nanos(NOW_MILLIS - 400)),
                        waits(1, 8, 10)),
                guilty(
                        "of two the one that is ahead has left something out",
                        "JVL-RNK-0004",
                        1,
                        "rank 1 (host-1, pid 1001) disagrees: it is in all_reduce of unit h.8 as of rank 1 while rank 0 is in"
                                + " all_reduce of unit h.7 as of rank 0",
                        waits(0, 7, 10).withFailure(dispute(0, 7, 1, 8), noticed),
                        waits(1, 8, 10)),
                guilty(
                        "whoever notices",
                        "JVL-RNK-0004",
                        1,
                        "h.8 as of rank 1 while rank 0 is in all_reduce of unit h.7 as of rank 0",
                        waits(0, 7, 10),
                        waits(1, 8, 10).withFailure(dispute(1, 8, 0, 7), noticed)),
                guilty(
                        "of three the one that no other agrees with",
                        "JVL-RNK-0004",
                        0,
                        "h.7 as of rank 0 while ranks 1, 2 are in all_reduce of unit h.8 as of rank 1",
                        waits(0, 7, 10).withFailure(dispute(0, 7, 1, 8), noticed),
                        waits(1, 8, 10),
                        waits(2, 8, 10)),
                guilty(
                        "a rank that has gone on is described by who noticed",
                        "JVL-RNK-0004",
                        1,
                        "h.8 as of rank 0",
                        waits(0, 7, 10).withFailure(dispute(0, 7, 1, 8), noticed),
                        trains(1, 10)),
                guilty(
                        "in a smaller group the other is found by its ticket",
                        "JVL-RNK-0004",
                        2,
                        "h.9 as of rank 2 while rank 1 is in all_reduce of unit h.8 as of rank 1",
                        trains(0, 10),
                        waits(1, 8, 10).withFailure(dispute(1, 8, 0, 9), noticed),
                        waits(2, 9, 10)));
    }

    @Test
    void allRanksThatFailAlikeAtTheStartAreNobodysFault() {
        List<RankReport> ranks = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            ranks.add(joined(rank).withFailure(failure(rank).withEarly(true), nanos(NOW_MILLIS)));
        }

        Verdict verdict =
                Judge.judge(ranks, nanos(NOW_MILLIS), nanos(TIMEOUT_MILLIS)).orElseThrow();

        assertTrue(verdict.alike());
        assertEquals(-1, verdict.rank());
        assertEquals("mend it", verdict.remedy());
    }

    @Test
    void ranksThatDidNotJoinInTimeAreNamed() {
        Verdict verdict = Judge.missing(
                List.of(joined(0), RankReport.of(1), joined(2), joined(3), joined(4)),
                nanos(NOW_MILLIS),
                nanos(30_000));

        assertEquals("JVL-RNK-0005", verdict.code());
        assertEquals(1, verdict.rank());
        assertEquals("rank 1 has not joined within 30.0 s; joined: ranks 0, 2-4", verdict.problem());
    }

    @Test
    void theVerdictHoldsAlthoughTheClockPassesTheLargestNumber() {
        long now = Long.MIN_VALUE + nanos(5_000);
        RankReport silent = RankReport.of(0).withJoined("a", 1, now - nanos(TIMEOUT_MILLIS));
        RankReport fine = RankReport.of(1).withJoined("b", 2, now - nanos(100));

        Verdict verdict =
                Judge.judge(List.of(silent, fine), now, nanos(TIMEOUT_MILLIS)).orElseThrow();

        assertEquals(0, verdict.rank());
    }

    @Test
    void numbersThatAllRanksHaveInCommonAreNobodysFault() {
        Failure number = failure(0).withCode("JVL-NUM-0001", "lower the learning rate");
        RankReport first = trains(0, 5).withFailure(number, nanos(NOW_MILLIS - 5));
        RankReport second = trains(1, 5);
        assertTrue(
                Judge.judge(List.of(first, second), nanos(NOW_MILLIS), nanos(TIMEOUT_MILLIS))
                        .isEmpty(),
                "the other rank is about to find the same");
        Failure same = failure(1).withCode("JVL-NUM-0001", "lower the learning rate");
        Verdict verdict = Judge.judge(
                        List.of(first, second.withFailure(same, nanos(NOW_MILLIS))),
                        nanos(NOW_MILLIS),
                        nanos(TIMEOUT_MILLIS))
                .orElseThrow();
        assertTrue(verdict.alike());
        RankReport late = trains(0, 5).withFailure(number, nanos(NOW_MILLIS - 1_500));
        assertEquals(
                0,
                Judge.judge(List.of(late, second), nanos(NOW_MILLIS), nanos(TIMEOUT_MILLIS))
                        .orElseThrow()
                        .rank(),
                "one that finds it alone is guilty");
    }
}
