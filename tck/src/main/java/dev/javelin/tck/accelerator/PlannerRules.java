package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.must;
import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.DevicePlanner.Rates;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** What an accelerator's planning half says. */
final class PlannerRules {
    private static final int THREADS = 4;
    private static final long HUGE = (1L << 31) + 3;
    /** What a step cannot do without. */
    private static final Set<DType> NEEDED = Set.of(DType.FLOAT32, DType.INT64, DType.INT32, DType.BOOL);

    private PlannerRules() {}

    /** An operation that no accelerator knows. */
    record Unheard() implements Operation {
        @Override
        public String name() {
            return "tck_unheard_of";
        }

        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            return inputs;
        }
    }

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                must(
                        "ACC-201",
                        "The alignment is a power of two from 8 on, the same at each call.",
                        "Every address that the engine places is a multiple of it, and of every element's size.",
                        PlannerRules::alignment),
                must(
                        "ACC-202",
                        "F32, I64, I32 and BOOL are among the element types, which are the same at each call.",
                        "Tokens, masks, exact norms and predicates are in every step.",
                        PlannerRules::dtypes),
                must(
                        "ACC-203",
                        "Rates and memory are positive, finite where they are estimates, and the same at each call.",
                        "Estimates divide by them.",
                        PlannerRules::rates),
                must(
                        "ACC-204",
                        "Every primitive has a plan in every element type of the planner, floating types of 16 bits"
                                + " aside but for casts.",
                        "What is declined is decomposed into primitives, or widened from 16 bits: it must end"
                                + " somewhere.",
                        PlannerRules::primitives),
                must(
                        "ACC-205",
                        "Plans have finite costs and a workspace that are not negative, and let outputs lie in inputs"
                                + " of their size only.",
                        "The engine places and estimates by them.",
                        PlannerRules::sane),
                must(
                        "ACC-206",
                        "Equal questions get equal answers, of one planner and of another with the same options.",
                        "What is planned on a laptop is what runs on the device.",
                        PlannerRules::pure),
                must(
                        "ACC-207",
                        "Threads that ask at the same time get equal answers.",
                        "Ranks that are threads compile the same step.",
                        PlannerRules::sideBySide),
                must(
                        "ACC-208",
                        "Tensors of more than 2³¹ elements are planned for.",
                        "Sizes are 64-bit numbers everywhere.",
                        PlannerRules::huge),
                must(
                        "ACC-209",
                        "An operation that the planner does not know is declined, not an error.",
                        "Operations come with later versions, and with users.",
                        PlannerRules::unheard),
                opened(
                        "ACC-210",
                        "The opened device's planner gives the same answers as the provider's.",
                        "The plan was made before the device was opened.",
                        PlannerRules::openedEqual),
                opened(
                        "ACC-211",
                        "What has a plan can be prepared, and what has none is refused with a code.",
                        "The engine prepares exactly what was planned.",
                        PlannerRules::prepared));
    }

    private static String alignment(AcceleratorSubject subject) {
        DevicePlanner planner = subject.planner();
        long alignment = planner.alignmentBytes();
        Breach.unless(
                alignment >= 8 && Long.bitCount(alignment) == 1,
                alignment + " bytes",
                "a power of two",
                "alignmentBytes");
        Breach.unlessEqual(alignment, planner.alignmentBytes(), "alignmentBytes at the second call");
        Breach.unlessEqual(alignment, subject.planner().alignmentBytes(), "alignmentBytes of another planner");
        return alignment + " bytes";
    }

    private static String dtypes(AcceleratorSubject subject) {
        DevicePlanner planner = subject.planner();
        Set<DType> dtypes = planner.dtypes();
        Breach.unless(dtypes.containsAll(NEEDED), dtypes.toString(), "all of " + NEEDED, "dtypes");
        Breach.unlessEqual(dtypes, planner.dtypes(), "dtypes at the second call");
        Breach.unlessEqual(dtypes, subject.planner().dtypes(), "dtypes of another planner");
        return dtypes.stream().sorted().toList().toString();
    }

    private static String rates(AcceleratorSubject subject) {
        DevicePlanner planner = subject.planner();
        Rates rates = planner.rates();
        for (double rate : new double[] {rates.flopsPerSecond(), rates.bytesPerSecond(), rates.launchSeconds()}) {
            Breach.unless(rate > 0 && Double.isFinite(rate), rates.toString(), "positive, finite rates", "rates");
        }
        long memory = planner.memoryBytes();
        Breach.unless(memory > 0, memory + " bytes", "more than 0", "memoryBytes");
        for (QueueRole role : QueueRole.values()) {
            boolean concurrent = planner.concurrent(role);
            Breach.unlessEqual(concurrent, planner.concurrent(role), "concurrent of " + role + " at the second call");
        }
        Breach.unlessEqual(rates, planner.rates(), "rates at the second call");
        Breach.unlessEqual(memory, planner.memoryBytes(), "memoryBytes at the second call");
        return rates + ", " + memory + " bytes";
    }

    /** All cases of a few shapes, whether they have a plan or not. */
    private static List<Case> cases(AcceleratorSubject subject) {
        List<Case> all = new ArrayList<>();
        try (Truth truth = new Truth(subject.oracle())) {
            for (Family family : Family.values()) {
                for (DType dtype : Cases.FLOATING) {
                    all.addAll(family.cases(dtype, subject.extent().telling(), subject.seed(), truth));
                }
            }
        }
        return all;
    }

    private static String primitives(AcceleratorSubject subject) {
        DevicePlanner planner = subject.planner();
        int planned = 0;
        for (Case tried : cases(subject)) {
            boolean narrow = tried.types().stream().anyMatch(DType::half) && !(tried.operation() instanceof Cast);
            if (Family.PRIMITIVES.contains(tried.operation().getClass())
                    && !narrow
                    && planner.dtypes().containsAll(tried.types())) {
                Breach.unless(tried.plan(planner).isPresent(), "no plan", "a plan", tried.toString());
                planned++;
            }
        }
        return planned + " cases of " + Family.PRIMITIVES.size() + " primitives";
    }

    private static String sane(AcceleratorSubject subject) {
        DevicePlanner planner = subject.planner();
        int plans = 0;
        for (Case tried : cases(subject)) {
            Optional<KernelPlan> plan = tried.plan(planner);
            if (plan.isPresent()) {
                sane(tried, plan.get());
                plans++;
            }
        }
        return plans + " plans";
    }

    private static void sane(Case tried, KernelPlan plan) {
        boolean costs = plan.flops() >= 0
                && plan.bytes() >= 0
                && Double.isFinite(plan.flops())
                && Double.isFinite(plan.bytes());
        Breach.unless(costs && plan.workspaceBytes() >= 0, plan.toString(), "costs from 0 on", "plan of " + tried);
        List<TensorType> outputs = tried.outputTypes();
        List<TensorType> inputs = tried.inputTypes();
        for (Alias alias : plan.mayAlias()) {
            boolean there = alias.output() >= 0
                    && alias.output() < outputs.size()
                    && alias.input() >= 0
                    && alias.input() < inputs.size();
            Breach.unless(
                    there
                            && outputs.get(alias.output()).bytes()
                                    == inputs.get(alias.input()).bytes(),
                    alias.toString(),
                    "an output and an input of one size",
                    "plan of " + tried);
        }
    }

    private static List<Optional<KernelPlan>> plans(DevicePlanner planner, List<Case> cases) {
        return cases.stream().map(tried -> tried.plan(planner)).toList();
    }

    private static void requireEqual(
            List<Case> cases, List<Optional<KernelPlan>> expected, List<Optional<KernelPlan>> actual, String what) {
        for (int i = 0; i < cases.size(); i++) {
            Breach.unlessEqual(expected.get(i), actual.get(i), what + " for " + cases.get(i));
        }
    }

    private static String pure(AcceleratorSubject subject) {
        List<Case> cases = cases(subject);
        DevicePlanner planner = subject.planner();
        List<Optional<KernelPlan>> plans = plans(planner, cases);
        requireEqual(cases.reversed(), plans.reversed(), plans(planner, cases.reversed()), "the second plan");
        requireEqual(cases, plans, plans(subject.planner(), cases), "another planner's plan");
        return 3 * cases.size() + " plans";
    }

    private static String sideBySide(AcceleratorSubject subject) throws Exception {
        List<Case> cases = cases(subject);
        DevicePlanner planner = subject.planner();
        List<FutureTask<List<Optional<KernelPlan>>>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            FutureTask<List<Optional<KernelPlan>>> task = new FutureTask<>(() -> plans(planner, cases));
            threads.add(task);
            Thread.ofPlatform().daemon().name("tck planner " + i).start(task);
        }
        List<Optional<KernelPlan>> alone = plans(subject.planner(), cases);
        for (int i = 0; i < THREADS; i++) {
            try {
                requireEqual(cases, alone, threads.get(i).get(), "the plan of thread " + i);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception error ? error : e;
            }
        }
        return THREADS + " threads with " + cases.size() + " plans each";
    }

    private static String huge(AcceleratorSubject subject) {
        DevicePlanner planner = subject.planner();
        TensorType row = TensorType.of(DType.FLOAT32, HUGE);
        TensorType rows = TensorType.of(DType.FLOAT32, 3, HUGE);
        TensorType tall = TensorType.of(DType.FLOAT32, HUGE, 8);
        TensorType square = TensorType.of(DType.FLOAT32, 8, 8);
        int plans = 0;
        plans += huge(planner, new Unary(Unary.Kind.EXP), rows);
        plans += huge(planner, new Binary(Binary.Kind.ADD), rows, row);
        plans += huge(planner, new Reduce(Reduce.Kind.SUM, List.of(1)), rows);
        plans += huge(planner, new Fill(rows, 1));
        plans += huge(planner, new MatMul(false, false), tall, square);
        plans += huge(planner, new Embedding(), square, TensorType.of(DType.INT32, HUGE));
        return plans + " plans of " + HUGE + " elements and more";
    }

    private static int huge(DevicePlanner planner, Operation operation, TensorType... inputs) {
        List<TensorType> types = List.of(inputs);
        String place = operation + " on " + types;
        KernelPlan plan = planner.plan(operation, types, operation.infer(types))
                .orElseThrow(() -> new Breach("no plan", "a plan", place));
        Breach.unless(plan.workspaceBytes() >= 0 && plan.bytes() >= HUGE, plan.toString(), "sizes beyond 2^31", place);
        return 1;
    }

    private static String unheard(AcceleratorSubject subject) {
        List<TensorType> types = List.of(TensorType.of(DType.FLOAT32, 3));
        Optional<KernelPlan> plan = subject.planner().plan(new Unheard(), types, types);
        Breach.unless(plan.isEmpty(), plan.toString(), "no plan", "plan of an operation that nobody knows");
        return "declined";
    }

    private static String openedEqual(Bench bench) {
        DevicePlanner mine = bench.device().planner();
        DevicePlanner before = bench.subject().planner();
        List<Case> cases = cases(bench.subject());
        requireEqual(cases, plans(before, cases), plans(mine, cases), "the opened device's plan");
        Breach.unlessEqual(before.alignmentBytes(), mine.alignmentBytes(), "alignment of the opened device's planner");
        Breach.unlessEqual(before.dtypes(), mine.dtypes(), "dtypes of the opened device's planner");
        for (QueueRole role : QueueRole.values()) {
            Breach.unlessEqual(before.concurrent(role), mine.concurrent(role), "concurrent of " + role + ", opened");
        }
        return cases.size() + " plans";
    }

    private static String prepared(Bench bench) {
        int planned = 0;
        int refused = 0;
        for (Case tried : cases(bench.subject())) {
            if (tried.plan(bench.device().planner()).isPresent()) {
                bench.device().prepare(tried.operation(), tried.inputTypes(), tried.outputTypes());
                planned++;
            } else {
                refuse(bench, tried.operation(), tried.inputTypes());
                refused++;
            }
        }
        JavelinException error = refuse(bench, new Unheard(), List.of(TensorType.of(DType.FLOAT32, 3)));
        return planned + " prepared, " + (refused + 1) + " refused: " + error.getMessage();
    }

    private static JavelinException refuse(Bench bench, Operation operation, List<TensorType> types) {
        return Bench.refused(
                () -> bench.device().prepare(operation, types, operation.infer(types)),
                "prepare of " + operation.name() + " on " + types + ", which has no plan");
    }
}
