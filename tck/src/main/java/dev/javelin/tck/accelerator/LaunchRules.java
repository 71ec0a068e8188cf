package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Pack;
import dev.javelin.spi.device.Accelerator.Usage;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What every launch keeps to, whatever the operation. */
final class LaunchRules {
    /** Seeds of what lies in memory before. */
    private static final long OTHER_POISON = 0x5EED;

    private LaunchRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                opened(
                        "ACC-641",
                        "Outputs are written whole and depend on the inputs alone, not on what lay in outputs and"
                                + " workspace.",
                        "Memory of one value is used again for another.",
                        bench -> each(bench, LaunchRules::whole)),
                opened(
                        "ACC-642",
                        "A launch writes to its outputs and the planned bytes of its workspace, and to nothing else.",
                        "Other values lie beside them, inputs that are read again among them.",
                        bench -> each(bench, LaunchRules::nothingElse)),
                opened(
                        "ACC-643",
                        "Launched again, a kernel gives the same bits.",
                        "Runs can be repeated and compared.",
                        bench -> each(bench, LaunchRules::again)),
                opened(
                        "ACC-644",
                        "At other addresses and on the communication queue, a kernel gives the same bits.",
                        "Where a value is placed must not show in it.",
                        bench -> each(bench, LaunchRules::elsewhere)),
                opened(
                        "ACC-645",
                        "Inputs may begin at any element, not only at aligned addresses.",
                        "A slice of leading positions is a view: an address within a value.",
                        bench -> each(bench, LaunchRules::views)),
                opened(
                        "ACC-646",
                        "An output that the plan lets lie in an input's memory gets the same bits there.",
                        "The engine works in place wherever a plan allows it.",
                        bench -> each(bench, LaunchRules::inPlace)),
                opened(
                        "ACC-647",
                        "pack leaves inputs alone that already lie at their place in the output.",
                        "The engine lets gradients be computed where they are packed.",
                        LaunchRules::packed),
                opened(
                        "ACC-648",
                        "Where the predicate is 0 not a bit of state is written, whatever the other inputs are.",
                        "A step whose gradient is not finite must leave the state as it was.",
                        LaunchRules::guarded),
                opened(
                        "ACC-649",
                        "One kernel can be launched at many addresses before the queue has passed any of it, from"
                                + " arrays of addresses that are used again.",
                        "A step enqueues all its launches at once.",
                        bench -> each(bench, LaunchRules::enqueued)),
                opened(
                        "ACC-650",
                        "prepare and launch take no device memory.",
                        "The peak of a step is known before it runs.",
                        LaunchRules::takesNothing));
    }

    /** A look at one case on an opened device. */
    @FunctionalInterface
    private interface Look {
        void at(Bench bench, Case tried);
    }

    /** Looks at the telling shapes of every operation that the planner takes. */
    static String each(Bench bench, Look look) {
        AcceleratorSubject subject = bench.subject();
        int cases = 0;
        Map<Class<?>, Integer> operations = new HashMap<>();
        try (Truth truth = new Truth(subject.oracle())) {
            for (Family family : Family.values()) {
                for (var dtype : Cases.FLOATING) {
                    Extent telling = subject.extent().telling();
                    for (Case tried : family.cases(dtype, telling, subject.seed(), truth)) {
                        if (tried.plan(bench.device().planner()).isPresent()) {
                            look.at(bench, tried);
                            operations.merge(tried.operation().getClass(), 1, Integer::sum);
                            cases++;
                        }
                    }
                }
            }
        }
        return cases + " cases of " + operations.size() + " operations";
    }

    private static void requireSame(Case tried, List<Value> expected, List<Value> actual, String what) {
        for (int o = 0; o < expected.size(); o++) {
            Bench.requireEqual(
                    expected.get(o).bytes(), actual.get(o).bytes(), "output " + o + " of " + tried + " " + what);
        }
    }

    private static void whole(Bench bench, Case tried) {
        Trial.Outcome ones = Trial.run(bench.lab(), tried, Layout.usual());
        Trial.Outcome other = Trial.run(bench.lab(), tried, Layout.usual().withPoison(OTHER_POISON));
        requireSame(tried, ones.outputs(), other.outputs(), "over other contents");
    }

    private static void nothingElse(Bench bench, Case tried) {
        for (long poison : new long[] {0, OTHER_POISON}) {
            Trial.Outcome outcome = Trial.run(bench.lab(), tried, Layout.usual().withPoison(poison));
            if (outcome.touched().isPresent()) {
                throw new Breach("written: " + outcome.touched().get(), "untouched", tried.toString());
            }
        }
    }

    private static void again(Bench bench, Case tried) {
        List<List<Value>> all = Trial.repeated(bench.lab(), tried, 3);
        for (List<Value> outputs : all) {
            requireSame(tried, all.getFirst(), outputs, "launched again");
        }
    }

    private static void elsewhere(Bench bench, Case tried) {
        List<Value> here = Trial.run(bench.lab(), tried, Layout.usual()).outputs();
        Layout moved = Layout.usual().withLead(5 * bench.alignment());
        requireSame(tried, here, Trial.run(bench.lab(), tried, moved).outputs(), "at other addresses");
        Layout beside = Layout.usual().withRole(QueueRole.COMMUNICATION);
        requireSame(tried, here, Trial.run(bench.lab(), tried, beside).outputs(), "on the communication queue");
    }

    private static void views(Bench bench, Case tried) {
        List<Value> here = Trial.run(bench.lab(), tried, Layout.usual()).outputs();
        Trial.Outcome there = Trial.run(bench.lab(), tried, Layout.usual().withUnaligned());
        requireSame(tried, here, there.outputs(), "of inputs one element behind an aligned address");
    }

    private static void inPlace(Bench bench, Case tried) {
        Set<Alias> aliases = tried.plan(bench.device().planner()).orElseThrow().mayAlias();
        List<Value> apart = null;
        for (Alias alias : aliases) {
            if (tried.operation().overwrites(alias.output()).isEmpty() && !overwritten(tried, alias.input())) {
                apart = apart == null
                        ? Trial.run(bench.lab(), tried, Layout.usual()).outputs()
                        : apart;
                Layout shared = Layout.usual().withShared(Set.of(alias));
                List<Value> within = Trial.run(bench.lab(), tried, shared).outputs();
                requireSame(tried, apart, within, "in the memory of input " + alias.input());
            }
        }
    }

    private static boolean overwritten(Case tried, int input) {
        for (int o = 0; o < tried.outputTypes().size(); o++) {
            if (tried.operation().overwrites(o).orElse(-1) == input) {
                return true;
            }
        }
        return false;
    }

    /** Parts of whole lines, the second of which lies in the output already. */
    private static String packed(Bench bench) {
        int tried = 0;
        for (var dtype : Cases.FLOATING) {
            long line = bench.alignment() / dtype.bytes();
            TensorType first = TensorType.of(dtype, line);
            TensorType second = TensorType.of(dtype, 2 * line);
            Pack pack = new Pack(3 * line + 5);
            List<TensorType> types = List.of(first, second);
            if (bench.device().planner().plan(pack, types, pack.infer(types)).isEmpty()) {
                continue;
            }
            byte[] one = bench.bytes("one" + dtype, first.bytes());
            byte[] two = bench.bytes("two" + dtype, second.bytes());
            long bytes = pack.infer(types).getFirst().bytes();
            long in = bench.allocate(first.bytes()).address();
            long out = bench.allocate(bytes + 64).address();
            bench.device().fill(bench.queue(), out, bytes + 64, (byte) 0xFF);
            bench.write(in, one);
            bench.write(out + first.bytes(), two);
            bench.device()
                    .prepare(pack, types, pack.infer(types))
                    .launch(bench.queue(), new long[] {in, out + first.bytes()}, new long[] {out}, 0);
            byte[] expected = new byte[(int) bytes + 64];
            System.arraycopy(one, 0, expected, 0, one.length);
            System.arraycopy(two, 0, expected, one.length, two.length);
            Arrays.fill(expected, (int) bytes, expected.length, (byte) 0xFF);
            Bench.requireEqual(
                    expected, bench.read(out, bytes + 64), pack + " in " + dtype + ", the second input in place");
            tried++;
        }
        return tried + " types";
    }

    /** State of random bits, which are NaNs as well, and inputs that are NaN. */
    private static String guarded(Bench bench) {
        int[] tried = new int[1];
        each(bench, (b, usual) -> {
            int predicate = predicate(usual);
            if (predicate < 0) {
                return;
            }
            List<Value> inputs = new java.util.ArrayList<>();
            for (int i = 0; i < usual.inputs().size(); i++) {
                TensorType type = usual.inputs().get(i).type();
                boolean state = overwritten(usual, i);
                byte[] bytes = b.bytes(usual.toString() + i, type.bytes());
                inputs.add(
                        i == predicate
                                ? Cases.flag(0)
                                : state
                                        ? new Value(type, bytes)
                                        : Value.generate(type, e -> type.dtype().floating() ? Double.NaN : 1));
            }
            Case guarded = usual.withInputs(inputs);
            List<Value> left = Trial.run(b.lab(), guarded, Layout.usual()).outputs();
            for (int o = 0; o < left.size(); o++) {
                int state = guarded.operation().overwrites(o).orElseThrow();
                Bench.requireEqual(inputs.get(state).bytes(), left.get(o).bytes(), "output " + o + " of " + guarded);
            }
            tried[0]++;
        });
        return tried[0] + " updates";
    }

    /** The input that is the predicate of an update; −1 if it has none. */
    private static int predicate(Case tried) {
        if (tried.operation().overwrites(0).isEmpty()) {
            return -1;
        }
        for (int i = 0; i < tried.inputs().size(); i++) {
            TensorType type = tried.inputs().get(i).type();
            if (type.dtype() == dev.javelin.api.DType.INT32 && type.shape().rank() == 0) {
                return i;
            }
        }
        return -1;
    }

    private static void enqueued(Bench bench, Case tried) {
        List<Value> alone = Trial.run(bench.lab(), tried, Layout.usual()).outputs();
        for (List<Value> outputs : Trial.enqueued(bench.lab(), tried, 3)) {
            requireSame(tried, alone, outputs, "as one of several launches in the queue");
        }
    }

    private static String takesNothing(Bench bench) {
        // the range of the trials grows first
        String figure = each(bench, (b, tried) -> Trial.run(b.lab(), tried, Layout.usual()));
        Usage before = bench.device().usage();
        each(bench, (b, tried) -> Trial.run(b.lab(), tried, Layout.usual()));
        Breach.unlessEqual(before, bench.device().usage(), "usage behind the launches");
        return figure;
    }
}
