package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;
import static dev.javelin.tck.communicator.Numbered.should;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.tck.Rule;
import dev.javelin.tck.communicator.Exercise.Form;
import dev.javelin.tck.communicator.Exercise.Kind;
import java.util.List;

/** How a group ends: by abort or by close. */
final class EndRules {
    private static final String CODE = "JVL-COM-0003";
    private static final String REASON = "the kit gives up 4711";

    private EndRules() {}

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                                "COM-901",
                                "abort, from any thread, ends the rank's own call in progress with JVL-COM-0003.",
                                "The watch stops a rank that waits.",
                                subject -> subject.soon(List.of(bench -> aborted(bench, true))))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-902",
                                "abort ends the calls in progress of the other ranks with JVL-COM-0003.",
                                "One rank that gives up must not leave the others waiting.",
                                subject -> subject.soon(List.of(bench -> aborted(bench, false))))
                        .unless(CommunicatorSubject::alone),
                must(
                        "COM-903",
                        "A call behind an abort ends with JVL-COM-0003.",
                        "The group is of no more use.",
                        subject -> subject.soon(List.of(EndRules::behindAbort))),
                must(
                                "COM-904",
                                "close never waits for other ranks.",
                                "A rank that ends for an error of its own must come to its end.",
                                subject -> subject.soon(List.of(EndRules::closes)))
                        .unless(CommunicatorSubject::alone),
                must(
                        "COM-905",
                        "A second close does nothing.",
                        "Owners and their owners both close.",
                        subject -> subject.soon(List.of(bench -> {
                            Communicator world = bench.join();
                            bench.meet();
                            bench.at("close and close again");
                            world.close();
                            world.close();
                            bench.meet();
                            return 2;
                        }))),
                must(
                        "COM-906",
                        "A call behind a close ends with JVL-COM-0003.",
                        "Memory that was given back must not be touched.",
                        subject -> subject.soon(List.of(bench -> {
                            Communicator world = bench.join();
                            bench.meet();
                            world.close();
                            bench.at("barrier behind a close");
                            bench.requireCode(CODE, () -> world.barrier(bench.call()));
                            bench.meet();
                            return 1;
                        }))),
                should(
                                "COM-907",
                                "The error behind an abort gives its reason.",
                                "Who reads the log of another rank learns why it stopped.",
                                subject -> subject.soon(List.of(EndRules::reason)))
                        .unless(CommunicatorSubject::alone),
                must(
                        "COM-908",
                        "An abort of a group that was aborted or closed does nothing.",
                        "Watch and rank may both give up.",
                        subject -> subject.soon(List.of(bench -> {
                            Communicator world = bench.join();
                            bench.meet();
                            bench.at("abort, abort, close, abort");
                            world.abort(REASON);
                            world.abort(REASON);
                            world.close();
                            world.abort(REASON);
                            bench.meet();
                            return 4;
                        }))),
                must(
                        "COM-909",
                        "A world that was aborted leaves nothing behind that a later one would see.",
                        "A job starts again after a failure, in the same JVM.",
                        EndRules::again));
    }

    /** All but the last rank wait in a barrier; then the first or the last rank aborts. */
    private static long aborted(Workbench bench, boolean own) {
        Communicator world = bench.join();
        boolean last = bench.rank() == bench.size() - 1;
        boolean aborts = own ? bench.rank() == 0 : last;
        boolean judged = own ? bench.rank() == 0 : !last;
        bench.meet();
        bench.at("a barrier that is aborted");
        if (aborts) {
            bench.later(bench.extent().holdMillis() / 3, () -> world.abort(REASON));
        }
        if (!last) {
            JavelinException error = bench.failure(() -> world.barrier(bench.call()));
            bench.require(!judged || error.code().equals(CODE), String.valueOf(error.getMessage()), CODE);
        }
        bench.meet();
        return 1;
    }

    private static long behindAbort(Workbench bench) {
        Communicator world = bench.join();
        bench.meet();
        bench.at("allGather behind an abort");
        world.abort(REASON);
        Buffer from = bench.buffer(Calls.BYTES);
        Buffer to = bench.buffer(Calls.BYTES);
        bench.requireCode(CODE, () -> Calls.ALL_GATHER.make(world, bench.call(), from, to));
        bench.meet();
        return 1;
    }

    private static long closes(Workbench bench) {
        Communicator world = bench.join();
        bench.meet();
        boolean first = bench.rank() == 0;
        bench.at("close of one rank while the others have it open");
        long begin = System.nanoTime();
        if (first) {
            world.close();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        bench.require(seconds < bench.extent().patienceMillis() / 1000.0, "close took " + seconds + " s", "no waiting");
        bench.meet();
        return 1;
    }

    private static long reason(Workbench bench) {
        Communicator world = bench.join();
        bench.meet();
        bench.at("a barrier that is aborted");
        if (bench.rank() == bench.size() - 1) {
            bench.hold(bench.extent().holdMillis() / 3);
            world.abort(REASON);
        } else {
            JavelinException error = bench.failure(() -> world.barrier(bench.call()));
            bench.require(
                    String.valueOf(error.getMessage()).contains(REASON), String.valueOf(error.getMessage()), REASON);
        }
        bench.meet();
        return 1;
    }

    private static String again(CommunicatorSubject subject) {
        subject.once(bench -> {
            bench.join().abort(REASON);
            bench.meet();
            return 1;
        });
        return subject.once(bench -> {
            Exercise.once(bench, bench.join(), Form.of(Kind.ALL_REDUCE, 50, 1));
            return 1;
        });
    }
}
