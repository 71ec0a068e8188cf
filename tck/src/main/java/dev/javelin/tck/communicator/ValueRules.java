package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;
import static dev.javelin.tck.communicator.Numbered.should;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.tck.Check;
import dev.javelin.tck.Rule;
import dev.javelin.tck.communicator.Exercise.Form;
import dev.javelin.tck.communicator.Exercise.Kind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What the calls do to the numbers. */
final class ValueRules {
    private static final long MANY_SEED = 77;
    private static final int MOST_SMALL = 40;
    /** Longer buffers are looked at in every form on a few ranks only. */
    private static final long MOST_OFTEN = 1024;

    private static final int FEW = 3;

    private ValueRules() {}

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                        "COM-201",
                        "allGather gives every rank's shard, in the order of ranks, to every rank.",
                        "Parameters are gathered with it.",
                        values(Kind.ALL_GATHER, false)),
                must(
                        "COM-202",
                        "allGather takes a shard that lies at its place in the full buffer.",
                        "Gathering in place needs no second buffer.",
                        values(Kind.ALL_GATHER, true)),
                must(
                        "COM-203",
                        "reduceScatter gives each rank its shard of the sum, by the tree over the ranks.",
                        "Gradients are reduced with it; equal bits everywhere make runs comparable.",
                        values(Kind.REDUCE_SCATTER, false)),
                must(
                        "COM-204",
                        "reduceScatter takes a shard that lies at its place in the full buffer.",
                        "Reducing in place needs no second buffer.",
                        values(Kind.REDUCE_SCATTER, true)),
                must(
                        "COM-205",
                        "allReduce puts the sum by the tree over the ranks in place of every rank's buffer.",
                        "Gradients of replicas are summed with it.",
                        values(Kind.ALL_REDUCE, false)),
                must(
                        "COM-206",
                        "allToAll brings part i of rank r to rank i, as its part r.",
                        "Experts and sequence shards are exchanged with it.",
                        values(Kind.ALL_TO_ALL, false)),
                must(
                        "COM-207",
                        "broadcast puts the buffer of the root, whichever rank it is, in place of everybody's.",
                        "State of one rank becomes state of all.",
                        subject -> subject.each(ValueRules::broadcasts)),
                must(
                                "COM-208",
                                "send and recv carry a buffer between every two ranks, in both directions.",
                                "Stages of a pipeline hand on what they have.",
                                values(Kind.SEND_RECV, false))
                        .unless(CommunicatorSubject::alone),
                must(
                                "COM-209",
                                "No rank passes a barrier before every rank has come to it.",
                                "Files are removed and timings begun behind barriers.",
                                subject -> subject.once(ValueRules::barrier))
                        .unless(CommunicatorSubject::alone),
                must(
                        "COM-210",
                        "A call of size zero passes, and the calls behind it work.",
                        "A shard may be empty; nobody should have to treat it apart.",
                        subject -> subject.each(ValueRules::zero)),
                must(
                        "COM-211",
                        "Every call gives the same on memory of allocate as on any other of the device.",
                        "Memory without staging is the path that training takes; other memory must not be wrong.",
                        subject -> subject.each(bench -> everyKind(bench, true, 0))),
                must(
                        "COM-212",
                        "Buffers may begin at any element, aligned to nothing more.",
                        "Chunks and slices of them begin where their parameters do.",
                        subject -> subject.each(bench -> everyKind(bench, false, DType.FLOAT32.bytes()))),
                must(
                        "COM-213",
                        "Sums of every declared element type are rounded to it at each addition of the tree.",
                        "Reduction in 16 bits has the same bits on every communicator that declares the tree.",
                        subject -> subject.each(ValueRules::everyType)),
                must(
                        "COM-214",
                        "All ranks get the same bits of a sum, infinities included, and a not-a-number all or none.",
                        "Replicas that differ in one bit go apart, and a skipped step must be skipped by all.",
                        subject -> subject.each(2, bench -> special(bench, false))),
                should(
                        "COM-215",
                        "The same sum over the same ranks has the same bits each time.",
                        "A run can be repeated.",
                        subject -> subject.once(ValueRules::repeated)),
                must(
                                "COM-216",
                                "A sum does not depend on how its buffer is cut into calls.",
                                "Buckets of different sizes train to the same bits.",
                                subject -> subject.each(4, ValueRules::cut))
                        .unless(CommunicatorSubject::notTree),
                must(
                        "COM-217",
                        "Nothing is written beside the buffers of a call.",
                        "A neighbour's numbers would be silently wrong.",
                        subject -> subject.once(bench -> untouched(bench, true))),
                must(
                        "COM-218",
                        "Sources of allGather, allToAll, broadcast's root and send keep their contents.",
                        "They are still in use when the call is done.",
                        subject -> subject.once(bench -> untouched(bench, false))),
                must(
                        "COM-219",
                        "Buffers larger than any staging are moved and summed whole.",
                        "What goes through in pieces has seams.",
                        subject -> subject.once(ValueRules::large)),
                must(
                        "COM-220",
                        "Many small calls of all kinds behind each other give what each gives alone.",
                        "Slots, sequence numbers and flags are used again and again.",
                        subject -> subject.once(ValueRules::many)),
                should(
                        "COM-221",
                        "All ranks get the same bits of a not-a-number.",
                        "Replicas are compared by their bits, even when nothing can be done with their numbers.",
                        subject -> subject.each(2, bench -> special(bench, true))));
    }

    private static DType first(Workbench bench) {
        return bench.subject().abilities().sums().contains(DType.FLOAT32)
                ? DType.FLOAT32
                : types(bench).stream().findFirst().orElse(DType.FLOAT32);
    }

    private static List<DType> types(Workbench bench) {
        return bench.subject().abilities().sums().stream()
                .sorted(Comparator.naturalOrder())
                .filter(type -> type != DType.BOOL)
                .toList();
    }

    private static Check<CommunicatorSubject> values(Kind kind, boolean inPlace) {
        return subject -> subject.each(bench -> {
            Communicator world = bench.join();
            long calls = 0;
            for (long length : bench.extent().lengths()) {
                if (length > 0) {
                    long elements = Form.elements(kind, first(bench), length);
                    Form form = Form.of(kind, elements, length)
                            .withDType(first(bench))
                            .withInPlace(inPlace);
                    Exercise.once(bench, world, form);
                    calls++;
                }
            }
            return calls;
        });
    }

    private static long broadcasts(Workbench bench) {
        Communicator world = bench.join();
        long calls = 0;
        for (long length : bench.extent().lengths()) {
            for (int root = 0; root < bench.size() && length > 0; root++) {
                Exercise.once(bench, world, Form.of(Kind.BROADCAST, length, bench.size() * length + root));
                calls++;
            }
        }
        return calls;
    }

    private static long barrier(Workbench bench) {
        Communicator world = bench.join();
        boolean last = bench.rank() == bench.size() - 1;
        bench.meet();
        bench.at("barrier");
        if (last) {
            bench.hold(bench.extent().holdMillis() / 2);
        }
        long begin = Clocks.millis();
        world.barrier(bench.call());
        bench.settle();
        long end = Clocks.millis();
        long latest = bench.exchange(String.valueOf(begin)).stream()
                .mapToLong(Long::parseLong)
                .max()
                .orElseThrow();
        bench.require(
                end + Clocks.TOLERANCE_MILLIS >= latest,
                "the barrier was passed " + (latest - end) + " ms before the last rank came",
                "to wait for all");
        return 1;
    }

    private static long zero(Workbench bench) {
        Communicator world = bench.join();
        for (Kind kind : Kind.values()) {
            Exercise.once(bench, world, Form.of(kind, 0, 1).withDType(first(bench)));
            Exercise.once(bench, world, Form.of(kind, 5, 1).withDType(first(bench)));
        }
        return 2L * Kind.values().length;
    }

    private static long everyKind(Workbench bench, boolean given, long shift) {
        Communicator world = bench.join();
        DType type = first(bench);
        long calls = 0;
        for (Kind kind : Kind.values()) {
            for (long length : bench.extent().lengths()) {
                long offset = shift == 0 ? 0 : kind.sums() ? type.bytes() : 1;
                if (length > 0) {
                    Form form = Form.of(kind, Form.elements(kind, type, length), length)
                            .withDType(type);
                    Exercise.once(bench, world, form.withGiven(given).withShift(offset));
                    calls++;
                }
            }
        }
        return calls;
    }

    private static long everyType(Workbench bench) {
        Communicator world = bench.join();
        long calls = 0;
        for (DType type : types(bench)) {
            for (Kind kind : List.of(Kind.ALL_REDUCE, Kind.REDUCE_SCATTER)) {
                for (long elements : List.of(1L, 7L, 65L)) {
                    if (type != first(bench)) {
                        Exercise.once(
                                bench, world, Form.of(kind, elements, elements).withDType(type));
                        calls++;
                    }
                }
            }
        }
        return calls;
    }

    private static long special(Workbench bench, boolean payloads) {
        Communicator world = bench.join();
        long calls = 0;
        for (DType type : types(bench)) {
            if (type.floating()) {
                byte[] values = Special.elements(type, bench.rank(), 64);
                Buffer buffer = bench.buffer(values.length);
                buffer.write(values);
                bench.at("allReduce of special " + type.label());
                world.allReduce(bench.call(), buffer.address(), 64, type);
                bench.settle();
                String mine = java.util.HexFormat.of().formatHex(Special.bits(type, buffer.read(), payloads));
                bench.requireEqual(bench.exchange(mine).getFirst(), mine, "bits");
                calls++;
            }
        }
        return calls;
    }

    private static long repeated(Workbench bench) {
        Communicator world = bench.join();
        byte[] before = null;
        for (int i = 0; i < 5; i++) {
            Form form = Form.of(Kind.ALL_REDUCE, 1000, 3).withDType(first(bench));
            Exercise exercise = Exercise.prepare(bench, world, form);
            exercise.enqueue(bench.call());
            bench.settle();
            byte[] result = exercise.result();
            bench.require(before == null || Arrays.equals(before, result), "other bits", "those of the first time");
            before = result;
        }
        return 5;
    }

    private static long cut(Workbench bench) {
        Communicator world = bench.join();
        DType type = first(bench);
        long elements = 1000;
        byte[] values = Data.elements(type, 5, bench.rank(), 0, elements);
        Buffer whole = bench.buffer(values.length);
        Buffer pieces = bench.buffer(values.length);
        whole.write(values);
        pieces.write(values);
        bench.at("allReduce of " + elements);
        world.allReduce(bench.call(), whole.address(), elements, type);
        bench.settle();
        long calls = 1;
        for (long from = 0, length = 1;
                from < elements;
                from += length, length = Math.min(3 * length, elements - from)) {
            bench.at("allReduce of " + length + " from " + from);
            world.allReduce(bench.call(), pieces.address() + from * type.bytes(), length, type);
            bench.settle();
            calls++;
        }
        int at = Arrays.mismatch(whole.read(), pieces.read());
        bench.require(at < 0, "element " + at / type.bytes() + " has other bits in pieces", "the same bits");
        return calls;
    }

    private static long untouched(Workbench bench, boolean guards) {
        Communicator world = bench.join();
        long calls = 0;
        for (Kind kind : Kind.values()) {
            for (long length : bench.extent().lengths()) {
                long elements = Form.elements(kind, first(bench), length);
                Form form = Form.of(kind, elements, 0).withDType(first(bench));
                Exercise exercise = Exercise.prepare(bench, world, form);
                exercise.enqueue(bench.call());
                bench.settle();
                bench.require(!guards || exercise.guardsWhole(), "bytes beside a buffer changed", "none");
                bench.require(guards || exercise.sourceWhole(), "the source changed", "to be left alone");
                calls++;
            }
        }
        return calls;
    }

    private static long large(Workbench bench) {
        Communicator world = bench.join();
        DType type = first(bench);
        long bytes = bench.extent().largeBytes();
        long shard = bytes / bench.size();
        Exercise.once(
                bench,
                world,
                Form.of(Kind.ALL_REDUCE, bytes / type.bytes() + 1, 1).withDType(type));
        Exercise.once(
                bench,
                world,
                Form.of(Kind.REDUCE_SCATTER, shard / type.bytes() + 1, 2).withDType(type));
        Exercise.once(bench, world, Form.of(Kind.ALL_GATHER, shard + 1, 3));
        Exercise.once(bench, world, Form.of(Kind.BROADCAST, bytes + 1, 4));
        Exercise.once(bench, world, Form.of(Kind.ALL_TO_ALL, shard + 1, 5));
        Exercise.once(bench, world, Form.of(Kind.SEND_RECV, shard + 1, 6));
        return 6;
    }

    private static long many(Workbench bench) {
        Communicator world = bench.join();
        List<DType> types = types(bench);
        Kind[] kinds = Kind.values();
        for (int i = 0; i < bench.extent().calls(); i++) {
            long random = Data.mix(MANY_SEED, 0, i) >>> 1;
            Kind kind = kinds[(int) (random % kinds.length)];
            Form form = Form.of(kind, (random >>> 8) % MOST_SMALL, i);
            DType type = types.isEmpty() ? DType.FLOAT32 : types.get((int) ((random >>> 16) % types.size()));
            Exercise.once(bench, world, form.withDType(type));
        }
        return bench.extent().calls();
    }

    /** Against rules of sums. */
    static Optional<String> noSums(CommunicatorSubject subject) {
        return subject.abilities().sums().isEmpty()
                ? Optional.of("the communicator declares no sums")
                : Optional.empty();
    }
}
