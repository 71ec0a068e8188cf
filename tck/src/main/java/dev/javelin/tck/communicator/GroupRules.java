package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;

import dev.javelin.spi.communicator.Communicator;
import dev.javelin.tck.Rule;
import dev.javelin.tck.communicator.Exercise.Form;
import dev.javelin.tck.communicator.Exercise.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Groups of a split. */
final class GroupRules {
    private GroupRules() {}

    /** What a rank asks of a split. */
    private record Wish(int color, int key) {}

    /** What every rank asks, by rank. */
    @FunctionalInterface
    private interface Wishes {
        Wish of(int rank, int size);
    }

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                        "COM-801",
                        "split makes a group of the ranks with equal colors, ordered by key and then by rank.",
                        "Axes of the mesh become groups; a shard's place is its rank in one.",
                        subject -> subject.each(GroupRules::orders)),
                must(
                                "COM-802",
                                "A rank with a negative color is in no group and gets none.",
                                "Not every rank takes part in everything.",
                                subject -> subject.once(GroupRules::negative))
                        .unless(CommunicatorSubject::alone),
                must(
                        "COM-803",
                        "Groups work each for itself: one may make calls that the others do not.",
                        "Stages and replicas do different things at the same time.",
                        subject -> subject.each(3, GroupRules::apart)),
                must(
                        "COM-804",
                        "A group can be split again.",
                        "Replicas within hosts within a job.",
                        subject -> subject.each(GroupRules::nested)),
                must(
                                "COM-805",
                                "Sums of a group follow the tree over the ranks of the group.",
                                "The same group of a larger world gives the same bits as a world of its own.",
                                subject -> subject.each(4, GroupRules::sums))
                        .unless(CommunicatorSubject::notTree),
                must(
                        "COM-806",
                        "The group that was split works on while its parts are open and when they are closed.",
                        "Norms and losses are summed over all ranks in every step.",
                        subject -> subject.each(GroupRules::parent)),
                must(
                        "COM-807",
                        "A group of one rank takes every call.",
                        "An axis of size 1 is a group like any other.",
                        subject -> subject.each(GroupRules::alone)));
    }

    private static List<Integer> members(Wishes wishes, Wish mine, int size) {
        List<Integer> members = new ArrayList<>();
        for (int r = 0; r < size; r++) {
            if (wishes.of(r, size).color() == mine.color()) {
                members.add(r);
            }
        }
        members.sort(Comparator.comparingInt((Integer r) -> wishes.of(r, size).key())
                .thenComparing(Comparator.naturalOrder()));
        return members;
    }

    private static long orders(Workbench bench) {
        List<Wishes> all = List.of(
                (rank, size) -> new Wish(0, 0),
                (rank, size) -> new Wish(0, -rank),
                (rank, size) -> new Wish(rank % 2, rank),
                (rank, size) -> new Wish(rank / 2, rank % 2 == 0 ? Integer.MAX_VALUE : Integer.MIN_VALUE),
                (rank, size) -> new Wish(rank == 0 ? Integer.MAX_VALUE : 7, 3));
        for (Wishes wishes : all) {
            bench.at("split " + (all.indexOf(wishes) + 1));
            Wish mine = wishes.of(bench.rank(), bench.size());
            Optional<Communicator> made = bench.join().split(mine.color(), mine.key());
            bench.require(made.isPresent(), "no group for color " + mine.color(), "one");
            Communicator group = bench.keep(made.orElseThrow());
            List<Integer> members = members(wishes, mine, bench.size());
            bench.requireEqual(members.size(), group.size(), "size of the group");
            bench.requireEqual(members.indexOf(bench.rank()), group.rank(), "rank in the group");
            Exercise.once(bench, group, Form.of(Kind.ALL_GATHER, 9, 4));
        }
        return all.size();
    }

    private static long negative(Workbench bench) {
        bench.at("split with a negative color");
        boolean out = bench.rank() == 0;
        Optional<Communicator> group = bench.join().split(out ? -1 : 0, 0);
        group.ifPresent(bench::keep);
        bench.requireEqual(!out, group.isPresent(), "a group:");
        if (group.isPresent()) {
            bench.requireEqual(bench.size() - 1, group.get().size(), "size of the group");
            Exercise.once(bench, group.get(), Form.of(Kind.ALL_GATHER, 9, 4));
        }
        return 1;
    }

    private static long apart(Workbench bench) {
        Communicator group = bench.keep(bench.join().split(bench.rank() % 2, 0).orElseThrow());
        int calls = bench.rank() % 2 == 0 ? 6 : 1;
        for (int i = 0; i < calls; i++) {
            Exercise.once(bench, group, Form.of(bench.rank() % 2 == 0 ? Kind.ALL_REDUCE : Kind.ALL_TO_ALL, 11, i));
        }
        bench.at("barrier of all behind calls of groups");
        // Tickets are one count for all groups of a rank here; the world's must agree.
        bench.join().barrier(new Communicator.Call(bench.queue(), 1_000_000));
        bench.settle();
        return calls;
    }

    private static long nested(Workbench bench) {
        Communicator half = bench.keep(bench.join().split(bench.rank() % 2, 0).orElseThrow());
        bench.at("split of a group");
        Communicator turned = bench.keep(half.split(0, -half.rank()).orElseThrow());
        bench.requireEqual(half.size() - 1 - half.rank(), turned.rank(), "rank in the group of a group");
        Exercise.once(bench, turned, Form.of(Kind.ALL_GATHER, 9, 4));
        return 2;
    }

    private static long sums(Workbench bench) {
        Communicator turned = bench.keep(bench.join().split(0, -bench.rank()).orElseThrow());
        Exercise.once(bench, turned, Form.of(Kind.ALL_REDUCE, 65, 8));
        Exercise.once(bench, turned, Form.of(Kind.REDUCE_SCATTER, 65, 9));
        return 2;
    }

    private static long parent(Workbench bench) {
        Communicator world = bench.join();
        Communicator half = world.split(bench.rank() % 2, 0).orElseThrow();
        Exercise.once(bench, world, Form.of(Kind.ALL_GATHER, 33, 1));
        Exercise.once(bench, half, Form.of(Kind.ALL_GATHER, 33, 2));
        half.close();
        Exercise.once(bench, world, Form.of(Kind.ALL_GATHER, 33, 3));
        return 3;
    }

    private static long alone(Workbench bench) {
        Communicator alone = bench.keep(bench.join().split(bench.rank(), 0).orElseThrow());
        bench.requireEqual(1, alone.size(), "size of the group");
        for (Kind kind : Kind.values()) {
            Exercise.once(bench, alone, Form.of(kind, 12, 0));
        }
        bench.at("barrier of a rank alone");
        alone.barrier(bench.call());
        bench.settle();
        return Kind.values().length + 1L;
    }
}
