package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;
import static dev.javelin.tck.communicator.Numbered.should;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.tck.Rule;
import dev.javelin.tck.communicator.Exercise.Form;
import dev.javelin.tck.communicator.Exercise.Kind;
import java.util.List;

/** The bytes that a communicator says it has sent. */
final class ByteRules {
    /** Divisible by every number of ranks up to 8. */
    private static final long ELEMENTS = 840;

    private ByteRules() {}

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                        "COM-701",
                        "A reduceScatter, and as much an allGather, of n bytes in all costs each of N ranks (N-1)/N of n;"
                                + " an allReduce twice that.",
                        "Predicted and measured bytes of a step are compared exactly.",
                        subject -> subject.each(ByteRules::closedForm)),
                must(
                        "COM-702",
                        "An allToAll of N parts costs each rank N-1 of them.",
                        "A rank's own part goes nowhere.",
                        subject -> subject.each(
                                bench -> cost(bench, Kind.ALL_TO_ALL, ELEMENTS, (bench.size() - 1) * ELEMENTS))),
                must(
                                "COM-703",
                                "A send costs its bytes, a recv nothing.",
                                "Bytes are counted where they are given, so that their sum over ranks is the traffic.",
                                subject -> subject.once(ByteRules::sends))
                        .unless(CommunicatorSubject::alone),
                must(
                        "COM-704",
                        "Barriers, splits, calls of size zero and calls of a rank alone cost nothing.",
                        "Only payload is counted.",
                        subject -> subject.each(ByteRules::free)),
                must(
                                "COM-705",
                                "What groups of a split send counts for the group that was split.",
                                "The world's count is the rank's whole traffic.",
                                subject -> subject.once(ByteRules::groups))
                        .unless(CommunicatorSubject::alone),
                should(
                        "COM-706",
                        "Over all ranks, a broadcast of n bytes costs (N-1) n, and an allReduce of a size that the ranks"
                                + " do not divide 2 (N-1) n.",
                        "Padding and copies of an algorithm are no payload.",
                        subject -> subject.each(ByteRules::totals)));
    }

    /** What a call costs this rank by the communicator's account. */
    private static long spent(Workbench bench, Communicator group, Form form) {
        Exercise exercise = Exercise.prepare(bench, group, form);
        long before = group.sentBytes();
        exercise.enqueue(bench.call());
        bench.settle();
        return group.sentBytes() - before;
    }

    private static long cost(Workbench bench, Kind kind, long elements, long bytes) {
        bench.requireEqual(bytes, spent(bench, bench.join(), Form.of(kind, elements, 1)), "bytes of " + kind);
        return 1;
    }

    private static long closedForm(Workbench bench) {
        long others = bench.size() - 1;
        cost(bench, Kind.REDUCE_SCATTER, ELEMENTS, others * ELEMENTS * 4);
        cost(bench, Kind.ALL_GATHER, ELEMENTS, others * ELEMENTS);
        cost(bench, Kind.ALL_REDUCE, ELEMENTS, 2 * others * ELEMENTS * 4 / bench.size());
        return 3;
    }

    private static long sends(Workbench bench) {
        Communicator world = bench.join();
        Buffer buffer = bench.buffer(ELEMENTS);
        bench.at("send and recv");
        long before = world.sentBytes();
        if (bench.rank() == 0) {
            world.send(bench.call(), buffer.address(), ELEMENTS, 1);
        } else if (bench.rank() == 1) {
            world.recv(bench.call(), buffer.address(), ELEMENTS, 0);
        }
        bench.settle();
        bench.requireEqual(bench.rank() == 0 ? ELEMENTS : 0L, world.sentBytes() - before, "bytes");
        return 1;
    }

    private static long free(Workbench bench) {
        Communicator world = bench.join();
        long before = world.sentBytes();
        bench.at("barrier");
        world.barrier(bench.call());
        bench.settle();
        bench.requireEqual(before, world.sentBytes(), "bytes behind a barrier");
        for (Kind kind : Kind.values()) {
            bench.requireEqual(0L, spent(bench, world, Form.of(kind, 0, 1)), "bytes of nothing, by " + kind);
        }
        bench.at("split");
        Communicator alone = bench.keep(world.split(bench.rank(), 0).orElseThrow());
        bench.requireEqual(before, world.sentBytes(), "bytes behind a split");
        for (Kind kind : Kind.values()) {
            bench.requireEqual(0L, spent(bench, alone, Form.of(kind, 16, 0)), "bytes of a rank alone, by " + kind);
        }
        return 2L + 2 * Kind.values().length;
    }

    private static long groups(Workbench bench) {
        Communicator world = bench.join();
        long before = world.sentBytes();
        Communicator half = bench.keep(world.split(bench.rank() % 2, 0).orElseThrow());
        Communicator again = bench.keep(half.split(0, 0).orElseThrow());
        long inHalf = spent(bench, half, Form.of(Kind.ALL_GATHER, ELEMENTS, 1));
        long inAgain = spent(bench, again, Form.of(Kind.ALL_GATHER, ELEMENTS, 2));
        bench.requireEqual((half.size() - 1) * ELEMENTS, inHalf, "bytes of the group");
        bench.requireEqual(inHalf + inAgain, world.sentBytes() - before, "bytes of the world");
        return 2;
    }

    private static long totals(Workbench bench) {
        Communicator world = bench.join();
        long others = bench.size() - 1;
        long n = ELEMENTS + 1;
        total(bench, others * n, spent(bench, world, Form.of(Kind.BROADCAST, n, 1)));
        total(
                bench,
                2 * others * n * 4,
                spent(bench, world, Form.of(Kind.ALL_REDUCE, n, 1).withDType(DType.FLOAT32)));
        return 2;
    }

    private static void total(Workbench bench, long expected, long mine) {
        long sum = bench.exchange(String.valueOf(mine)).stream()
                .mapToLong(Long::parseLong)
                .sum();
        bench.requireEqual(expected, sum, "bytes over all ranks");
    }
}
