package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whoever waits asks the seat whether it is in vain. */
final class WaitingRules {
    private static final double CALLS_PER_SECOND = 4;
    private static final int ATTEMPTS = 3;
    private static final String KEPT = "what waiting threw";
    private static final String PASSED = "no error";

    private WaitingRules() {}

    /** Everything in which a rank may wait for the last one. */
    private enum Wait {
        JOIN,
        ALL_GATHER,
        REDUCE_SCATTER,
        ALL_REDUCE,
        ALL_TO_ALL,
        BROADCAST,
        BARRIER,
        RECV,
        SEND,
        SPLIT,
        ALLOCATE;

        /** Makes the call; returns when it is done. */
        void make(Workbench bench, @Nullable Communicator joined) {
            int last = bench.size() - 1;
            int peer = bench.rank() == last ? 0 : last;
            Communicator world = joined == null ? bench.join() : joined;
            switch (this) {
                case JOIN -> {}
                case SPLIT -> world.split(0, 0).ifPresent(bench::keep);
                case ALLOCATE -> bench.buffer(world, 64);
                case SEND, RECV -> {
                    Buffer buffer = bench.buffer(Calls.BYTES);
                    boolean takes = (this == RECV) == (bench.rank() == 0);
                    if (bench.rank() == 0 || bench.rank() == last) {
                        if (takes) {
                            world.recv(bench.call(), buffer.address(), Calls.BYTES, peer);
                        } else {
                            world.send(bench.call(), buffer.address(), Calls.BYTES, peer);
                        }
                    }
                    bench.settle();
                }
                default -> {
                    Buffer from = bench.buffer(Calls.BYTES);
                    Buffer to = bench.buffer(Calls.BYTES);
                    Calls.valueOf(name())
                            .make(world, bench.call(), from, to, Calls.ELEMENTS, dev.javelin.api.DType.FLOAT32, last);
                    bench.settle();
                }
            }
        }

        /** Whether a communicator may answer without waiting for the last rank. */
        boolean mayPass() {
            return this == SEND || this == ALLOCATE;
        }
    }

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                                "COM-601",
                                "Whatever waits calls waiting of the seat at least four times a second.",
                                "Only so does a rank learn that others have failed.",
                                subject -> subject.all(each(WaitingRules::often)))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-602",
                                "waiting is told when the waiting began, and the same time until it ends.",
                                "Who waits longest, and since when, is how a stalled rank is found.",
                                subject -> subject.all(each(WaitingRules::since)))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-603",
                                "What waiting throws ends what waits, and is thrown or is the cause.",
                                "A rank that waits for one that never comes ends with who failed, where and why.",
                                subject -> subject.soon(each(WaitingRules::ends)))
                        .unless(CommunicatorSubject::alone));
    }

    private interface Look {
        void at(Workbench bench, Wait wait, @Nullable Communicator world);
    }

    private static List<Part> each(Look look) {
        List<Part> parts = new ArrayList<>();
        for (Wait wait : Wait.values()) {
            parts.add(bench -> {
                Communicator world = wait == Wait.JOIN ? null : bench.join();
                bench.meet();
                bench.at(wait + " that waits for the last rank");
                look.at(bench, wait, world);
                bench.meet();
                return 1;
            });
        }
        return parts;
    }

    private static boolean late(Workbench bench) {
        return bench.rank() == bench.size() - 1;
    }

    /** On a machine that is busy with other things the kit itself may be late: the best of a few attempts counts. */
    private static void often(Workbench bench, Wait wait, @Nullable Communicator world) {
        String found = "";
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long before = bench.seat().waits();
            long begin = System.nanoTime();
            if (late(bench)) {
                bench.hold(bench.extent().holdMillis());
            }
            wait.make(bench, world);
            double seconds = (System.nanoTime() - begin) / 1e9;
            long calls = bench.seat().waits() - before;
            boolean kept = late(bench) || calls >= Math.floor(seconds * CALLS_PER_SECOND) - 1;
            found = calls + " calls of waiting in " + seconds + " s";
            if (!bench.exchange(String.valueOf(kept)).contains("false")) {
                return;
            }
            if (wait == Wait.JOIN) {
                break; // a world is joined once
            }
        }
        bench.require(late(bench), found, "at least " + CALLS_PER_SECOND + " a second");
    }

    private static void since(Workbench bench, Wait wait, @Nullable Communicator world) {
        long hold = bench.extent().holdMillis();
        bench.seat().resetTimes();
        long begin = System.nanoTime();
        if (late(bench)) {
            bench.hold(hold);
        }
        wait.make(bench, world);
        long span = bench.seat().spanNanos() / 1_000_000;
        if (!late(bench) && span > hold / 4) {
            long early = begin - bench.seat().oldestSince();
            bench.require(early <= 0, "a wait that began " + early + " ns before the call", "one within it");
            long told = bench.seat().longestNanos() / 1_000_000;
            bench.require(
                    told >= span / 2,
                    "asked for " + span + " ms, and said to have waited at most " + told + " ms",
                    "the time at which the waiting began, to its end");
        }
    }

    /** A rank whose wait has ended may end the group, and so the waits of the others: with one of them it must begin. */
    private static void ends(Workbench bench, Wait wait, @Nullable Communicator world) {
        boolean apart = (wait == Wait.SEND || wait == Wait.RECV) && bench.rank() != 0;
        String end = late(bench) || apart ? "" : end(bench, wait, world);
        List<String> ends = bench.exchange(end);
        bench.require(
                ends.contains(KEPT) || wait.mayPass() && ends.contains(PASSED),
                "the ranks ended with " + ends,
                "what waiting threw on at least one");
    }

    private static String end(Workbench bench, Wait wait, @Nullable Communicator world) {
        JavelinException planted =
                new JavelinException("JVL-TCK-0002", "the kit ends the wait", "nothing is to be done");
        bench.seat().plant(planted);
        try {
            wait.make(bench, world);
        } catch (Stopped stopped) {
            throw stopped;
        } catch (RuntimeException error) {
            boolean ended =
                    error instanceof JavelinException coded && coded.code().equals("JVL-COM-0003");
            boolean kept = Workbench.stemsFrom(error, planted);
            bench.require(kept || ended, error.toString(), "what waiting threw, or that the group has ended");
            return kept ? KEPT : error.toString();
        }
        bench.require(wait.mayPass(), "it passed without the last rank", "what waiting threw");
        return PASSED;
    }
}
