package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;
import static dev.javelin.tck.communicator.Numbered.should;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Arguments that cannot be are refused; every call in a world of its own, because an error ends it. */
final class ArgumentRules {
    private static final String CODE = "JVL-COM-0001";

    private ArgumentRules() {}

    /** A call with arguments that cannot be. */
    @FunctionalInterface
    private interface Wrong {
        void make(Workbench bench, Communicator world, Buffer buffer);
    }

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                        "COM-501",
                        "Negative sizes are refused with JVL-COM-0001.",
                        "A size that overflowed elsewhere must not become an address.",
                        subject -> refused(subject, sizes(-1))),
                must(
                        "COM-502",
                        "Roots and peers that are no ranks of the group are refused with JVL-COM-0001.",
                        "They would wait for a message that nobody can send.",
                        subject -> refused(subject, strangers())),
                must(
                                "COM-503",
                                "Sizes whose full buffer no address reaches are refused with JVL-COM-0001.",
                                "A product that overflows would pass for a small size.",
                                subject -> refused(subject, overflowing()))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-504",
                                "Sums of element types that are not declared are refused with JVL-COM-0001.",
                                "They must not be summed as something else.",
                                ArgumentRules::types)
                        .unless(subject ->
                                undeclared(subject).isEmpty() ? Optional.of("it sums every type") : Optional.empty()),
                should(
                        "COM-505",
                        "An allToAll whose target overlaps its source is refused with JVL-COM-0001.",
                        "Parts would be overwritten before they are sent.",
                        subject -> refused(
                                subject,
                                List.of((bench, world, buffer) ->
                                        world.allToAll(bench.call(), buffer.address(), buffer.address() + 4, 16)))));
    }

    private static String refused(CommunicatorSubject subject, List<Wrong> calls) {
        List<Part> parts = new ArrayList<>();
        for (Wrong wrong : calls) {
            parts.add(bench -> {
                Communicator world = bench.join();
                Buffer buffer = bench.buffer(Calls.BYTES);
                bench.at("call " + (parts.size() > 1 ? calls.indexOf(wrong) + 1 + " of " + calls.size() : ""));
                bench.requireCode(CODE, () -> wrong.make(bench, world, buffer));
                bench.meet();
                return 1;
            });
        }
        return subject.soon(parts);
    }

    private static List<Wrong> sizes(long bad) {
        return List.of(
                (bench, world, b) -> world.allGather(bench.call(), b.address(), b.address(), bad),
                (bench, world, b) -> world.reduceScatter(bench.call(), b.address(), b.address(), bad, DType.FLOAT32),
                (bench, world, b) -> world.allReduce(bench.call(), b.address(), bad, DType.FLOAT32),
                (bench, world, b) -> world.allToAll(bench.call(), b.address(), b.address() + 64, bad),
                (bench, world, b) -> world.broadcast(bench.call(), b.address(), bad, 0),
                (bench, world, b) -> world.send(bench.call(), b.address(), bad, peer(bench)),
                (bench, world, b) -> world.recv(bench.call(), b.address(), bad, peer(bench)));
    }

    private static int peer(Workbench bench) {
        return (bench.rank() + 1) % bench.size();
    }

    private static List<Wrong> strangers() {
        return List.of(
                (bench, world, b) -> world.broadcast(bench.call(), b.address(), 16, -1),
                (bench, world, b) -> world.broadcast(bench.call(), b.address(), 16, bench.size()),
                (bench, world, b) -> world.send(bench.call(), b.address(), 16, -1),
                (bench, world, b) -> world.send(bench.call(), b.address(), 16, bench.size()),
                (bench, world, b) -> world.recv(bench.call(), b.address(), 16, -1),
                (bench, world, b) -> world.recv(bench.call(), b.address(), 16, bench.size()));
    }

    private static List<Wrong> overflowing() {
        long most = Long.MAX_VALUE;
        return List.of(
                (bench, world, b) -> world.allGather(bench.call(), b.address(), b.address(), most),
                (bench, world, b) -> world.reduceScatter(bench.call(), b.address(), b.address(), most, DType.FLOAT32),
                (bench, world, b) -> world.allReduce(bench.call(), b.address(), most, DType.FLOAT32),
                (bench, world, b) -> world.allToAll(bench.call(), b.address(), b.address() + 64, most));
    }

    private static List<DType> undeclared(CommunicatorSubject subject) {
        return Arrays.stream(DType.values())
                .filter(type -> !subject.abilities().sums().contains(type))
                .toList();
    }

    private static String types(CommunicatorSubject subject) {
        List<Wrong> calls = new ArrayList<>();
        for (DType type : undeclared(subject)) {
            calls.add((bench, world, b) -> world.allReduce(bench.call(), b.address(), 2, type));
            calls.add((bench, world, b) -> world.reduceScatter(bench.call(), b.address(), b.address() + 512, 2, type));
        }
        return refused(subject, calls);
    }
}
