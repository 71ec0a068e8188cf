package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;
import static dev.javelin.tck.communicator.Numbered.should;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.communicator.Disagreement;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Ranks that do not make the same call are told so, all of them, and who it was. */
final class DisagreementRules {
    private static final String CODE = "JVL-COM-0002";
    private static final long TICKET = 1_000;

    private DisagreementRules() {}

    /** One call of a rank: its kind and its arguments. */
    private record Made(Calls kind, long ticket, long elements, DType dtype, int root) {
        static Made of(Calls kind) {
            return new Made(kind, TICKET, Calls.ELEMENTS, DType.FLOAT32, 0);
        }

        Made withTicket(long other) {
            return new Made(kind, other, elements, dtype, root);
        }

        Made withElements(long other) {
            return new Made(kind, ticket, other, dtype, root);
        }

        Made withDType(DType other) {
            return new Made(kind, ticket, elements, other, root);
        }

        Made withRoot(int other) {
            return new Made(kind, ticket, elements, dtype, other);
        }
    }

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                                "COM-401",
                                "Calls of different kinds end with JVL-COM-0002 on all ranks.",
                                "One rank that skips a collective must not hang or corrupt the others.",
                                subject -> subject.all(kinds()))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-402",
                                "Calls of different sizes end with JVL-COM-0002 on all ranks.",
                                "Another model or batch on one rank shows here first.",
                                subject -> subject.all(
                                        deviations(Calls.WITH_SIZES, made -> made.withElements(Calls.ELEMENTS - 1))))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-403",
                                "Sums of different element types end with JVL-COM-0002 on all ranks.",
                                "Bits of one type added as another are noise.",
                                DisagreementRules::types)
                        .unless(CommunicatorSubject::alone)
                        .unless(DisagreementRules::oneType),
                must(
                                "COM-404",
                                "Calls with different tickets end with JVL-COM-0002 on all ranks.",
                                "Calls that look alike may stand for different parameters or steps.",
                                subject -> subject.all(
                                        deviations(List.of(Calls.values()), made -> made.withTicket(TICKET + 5))))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-405",
                                "Broadcasts of different roots end with JVL-COM-0002 on all ranks.",
                                "Two roots would both send, or none.",
                                subject -> subject.all(deviations(List.of(Calls.BROADCAST), made -> made.withRoot(1))))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-406",
                                "The error is a Disagreement whose two ranks include the one that deviates, each with the"
                                        + " ticket of its call.",
                                "The engine tells from it which step and parameter, and whose fault it is.",
                                DisagreementRules::named)
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-407",
                                "A recv that does not fit its send in size or ticket ends with JVL-COM-0002, and so does the send if it"
                                        + " waits.",
                                "Stages of a pipeline that are out of step must not take each other's numbers.",
                                subject -> subject.all(List.of(pair(4, 0), pair(0, 1))))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-408",
                                "After an error every later call of the group ends with a coded error.",
                                "Ranks that go on in a broken group would exchange what belongs to other calls.",
                                subject -> subject.soon(List.of(DisagreementRules::later)))
                        .unless(CommunicatorSubject::alone),
                should(
                                "COM-409",
                                "A split on one rank and another call on the others end with JVL-COM-0002 on all ranks.",
                                "Splits are calls in the order of the group, though they have no ticket.",
                                subject -> subject.soon(List.of(DisagreementRules::split)))
                        .unless(CommunicatorSubject::alone));
    }

    private static int deviant(Workbench bench) {
        return bench.size() - 1;
    }

    /** All ranks make a call, the last one another; all must end so. */
    private static Part disagreement(Made usual, Made other) {
        return bench -> {
            JavelinException error = make(bench, bench.rank() == deviant(bench) ? other : usual);
            bench.require(error.code().equals(CODE), String.valueOf(error.getMessage()), CODE);
            bench.meet();
            return 1;
        };
    }

    private static JavelinException make(Workbench bench, Made made) {
        Communicator world = bench.join();
        Buffer from = bench.buffer(Calls.BYTES);
        Buffer to = bench.buffer(Calls.BYTES);
        bench.at(made.toString());
        Call call = new Call(bench.queue(), made.ticket());
        return bench.failure(() -> made.kind().make(world, call, from, to, made.elements(), made.dtype(), made.root()));
    }

    private static List<Part> kinds() {
        List<Part> parts = new ArrayList<>();
        for (Calls kind : Calls.values()) {
            for (Calls other : Calls.values()) {
                if (kind != other) {
                    parts.add(disagreement(Made.of(kind), Made.of(other)));
                }
            }
        }
        return parts;
    }

    private static List<Part> deviations(List<Calls> kinds, java.util.function.UnaryOperator<Made> deviation) {
        return kinds.stream()
                .map(Made::of)
                .map(made -> disagreement(made, deviation.apply(made)))
                .toList();
    }

    /** A type of the same width if there is one: then nothing else differs. */
    private static Optional<DType> otherType(CommunicatorSubject subject) {
        return subject.abilities().sums().stream()
                .filter(type -> type != DType.FLOAT32)
                .min(java.util.Comparator.comparingInt((DType type) -> Math.abs(type.bytes() - 4))
                        .thenComparing(DType::ordinal));
    }

    private static Optional<String> oneType(CommunicatorSubject subject) {
        return otherType(subject).isPresent() && subject.abilities().sums().contains(DType.FLOAT32)
                ? Optional.empty()
                : Optional.of("the communicator does not sum FLOAT32 and another type");
    }

    private static String types(CommunicatorSubject subject) {
        DType other = otherType(subject).orElseThrow();
        return subject.all(deviations(List.of(Calls.ALL_REDUCE, Calls.REDUCE_SCATTER), made -> made.withDType(other)));
    }

    private static String named(CommunicatorSubject subject) {
        Made usual = Made.of(Calls.BROADCAST);
        List<Made> others = List.of(
                Made.of(Calls.BARRIER).withTicket(TICKET + 1),
                usual.withElements(3).withTicket(TICKET + 2),
                usual.withRoot(1).withTicket(TICKET + 3));
        return subject.all(others.stream().map(other -> named(usual, other)).toList());
    }

    private static Part named(Made usual, Made other) {
        return bench -> {
            int deviant = deviant(bench);
            JavelinException error = make(bench, bench.rank() == deviant ? other : usual);
            if (!(error instanceof Disagreement found)) {
                throw bench.breach(error.getClass().getName(), "a Disagreement");
            }
            bench.require(
                    (found.rank() == deviant) != (found.other() == deviant),
                    "ranks " + found.rank() + " and " + found.other(),
                    "rank " + deviant + " and another");
            bench.requireEqual(
                    found.rank() == deviant ? other.ticket() : usual.ticket(), found.ticket(), "ticket of the rank");
            bench.requireEqual(
                    found.other() == deviant ? other.ticket() : usual.ticket(),
                    found.otherTicket(),
                    "ticket of the other");
            bench.meet();
            return 1;
        };
    }

    private static Part pair(long lessBytes, long otherTicket) {
        return bench -> {
            Communicator world = bench.join();
            Buffer buffer = bench.buffer(Calls.BYTES);
            bench.at("send and recv, " + lessBytes + " bytes and " + otherTicket + " in the ticket apart");
            if (bench.rank() == 0) {
                send(bench, world, buffer);
            } else if (bench.rank() == 1) {
                Call call = new Call(bench.queue(), TICKET + otherTicket);
                bench.requireCode(CODE, () -> world.recv(call, buffer.address(), 64 - lessBytes, 0));
            }
            bench.meet();
            return 1;
        };
    }

    /** A send need not wait until it is received. */
    private static void send(Workbench bench, Communicator world, Buffer buffer) {
        try {
            world.send(new Call(bench.queue(), TICKET), buffer.address(), 64, 1);
            bench.settle();
        } catch (JavelinException error) {
            bench.require(error.code().equals(CODE), String.valueOf(error.getMessage()), CODE + " or no error");
        }
    }

    private static long later(Workbench bench) {
        Communicator world = bench.join();
        Made made = Made.of(Calls.BROADCAST);
        make(bench, bench.rank() == deviant(bench) ? made.withElements(3).withTicket(TICKET + 1) : made);
        bench.meet();
        bench.at("a barrier after an error");
        // Another queue: the one of the failed call has ended with it.
        JavelinException error = bench.failed(() -> {
            world.barrier(new Call(bench.device().queue(QueueRole.COMPUTE), TICKET + 2));
            bench.device().queue(QueueRole.COMPUTE).synchronize();
            return "the barrier was passed";
        });
        bench.require(error.area().equals("COM"), String.valueOf(error.getMessage()), "an error of JVL-COM");
        bench.meet();
        return 1;
    }

    private static long split(Workbench bench) {
        Communicator world = bench.join();
        Buffer buffer = bench.buffer(Calls.BYTES);
        bench.at("a split on one rank");
        JavelinException error = bench.rank() == deviant(bench)
                ? bench.failed(() -> world.split(0, 0))
                : bench.failure(() -> world.allReduce(bench.call(), buffer.address(), 4, DType.FLOAT32));
        bench.require(error.code().equals(CODE), String.valueOf(error.getMessage()), CODE);
        bench.meet();
        return 1;
    }
}
