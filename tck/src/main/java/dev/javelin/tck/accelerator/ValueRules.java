package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.api.DType;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What operations give, compared with the oracle. */
final class ValueRules {
    private static final int MOST_MIXED_INPUTS = 10;

    private ValueRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        List<Rule<AcceleratorSubject>> rules = new ArrayList<>();
        rules.add(opened(
                "ACC-601",
                "Values that were computed by hand come out, of the device and of the oracle.",
                "What all else is compared with must be right itself.",
                KnownValues::check));
        rules.addAll(primitives());
        rules.addAll(optional());
        return rules;
    }

    private static List<Rule<AcceleratorSubject>> primitives() {
        return List.of(
                values("ACC-602", Family.CONSTANTS, "fill and iota write", "Masks and positions are made of them."),
                values(
                        "ACC-603",
                        Family.UNARY,
                        "Functions of one number give",
                        "Whatever is not fused comes down to them."),
                values("ACC-604", Family.AFFINE, "affine gives", "Scaling by constants is everywhere."),
                values(
                        "ACC-605",
                        Family.BINARY,
                        "add, subtract, multiply, divide, maximum and minimum, with broadcasting, give",
                        "Sums and products of two numbers are rounded once, so they can be equal."),
                values("ACC-606", Family.COMPARE, "equal and less, with broadcasting, give", "Masks are made so."),
                values("ACC-607", Family.SELECT, "select, with broadcasting, gives", "Masks are applied so."),
                values(
                        "ACC-608",
                        Family.CAST,
                        "cast, between any two types, gives",
                        "Wire and storage types are rounded to nearest even everywhere."),
                values(
                        "ACC-609",
                        Family.MOVES,
                        "broadcast, permute, slice, pad, concat and pack give",
                        "What is moved arrives where it belongs."),
                values(
                        "ACC-610",
                        Family.REDUCTIONS,
                        "Sums and maxima along any dims give",
                        "Gradients of biases are sums."),
                values(
                        "ACC-611",
                        Family.EMBEDDINGS,
                        "Rows looked up by id, and rows summed by id, are",
                        "An id outside of the table gives NaN, and no gradient."),
                values(
                        "ACC-612",
                        Family.MATMUL,
                        "Matrix products, of all transposes, give",
                        "They are most of the work."),
                values(
                        "ACC-613",
                        Family.RANDOM,
                        "Random numbers and dropout give",
                        "A number is a function of seed, step and place, on every device."),
                values("ACC-614", Family.STATES, "assign and accumulate leave", "State is written in place."),
                values(
                        "ACC-615",
                        Family.EXACT_NORMS,
                        "Exact sums of squares and their roots give",
                        "Clipping must not depend on how gradients were cut."),
                values("ACC-616", Family.FINITE, "is_finite gives", "It decides whether a step is written."));
    }

    private static List<Rule<AcceleratorSubject>> optional() {
        return List.of(
                values("ACC-621", Family.FUSED_MATMUL, "Products with bias, GELU, residual or sum give", FUSED),
                values("ACC-622", Family.UPDATES, "AdamW leaves", FUSED),
                values("ACC-623", Family.AVERAGES, "Moving averages leave", FUSED),
                values("ACC-624", Family.ACTIVATIONS, "GELU in both forms, SiLU and their gradients give", FUSED),
                values("ACC-625", Family.GATES, "SwiGLU and its gradient give", FUSED),
                values("ACC-626", Family.SOFTMAX, "Softmax and its gradient give", FUSED),
                values("ACC-627", Family.NORMS, "Layer norm, RMS norm and their gradients give", FUSED),
                values("ACC-628", Family.ROTARY, "Rotary positions, to and fro, give", FUSED),
                values("ACC-629", Family.LOSSES, "Cross-entropy and its gradient give", FUSED),
                values("ACC-630", Family.ATTENTION, "Attention and its gradient give", FUSED),
                values("ACC-631", Family.CACHES, "Rows written into caches, and attention over caches, give", FUSED),
                values(
                        "ACC-632",
                        Family.CHOICES,
                        "Tokens chosen from logits are",
                        "A text must not depend on where it was written."),
                values(
                        "ACC-633",
                        Family.FUSED_NORMS,
                        "Norms of sums, in the type of the next product, and gradients of norms with those that pass by,"
                                + " give",
                        FUSED));
    }

    private static final String FUSED = "What a vendor fuses must be what the engine would have computed without it.";

    private static Rule<AcceleratorSubject> values(String id, Family family, String what, String intent) {
        return opened(
                        id,
                        what + " what the oracle has, within the tolerance, in every floating type that is taken.",
                        intent,
                        bench -> compare(bench, family))
                .unless(subject -> declined(subject, family));
    }

    /** Why there is nothing to compare: the planner takes none of it. */
    private static Optional<String> declined(AcceleratorSubject subject, Family family) {
        if (subject.onlyPlans().isPresent()) {
            return Optional.empty(); // another reason
        }
        Extent least = subject.extent().telling();
        try (Truth truth = new Truth(subject.oracle())) {
            for (DType dtype : Cases.FLOATING) {
                for (Case tried : family.cases(dtype, least, subject.seed(), truth)) {
                    if (tried.plan(subject.planner()).isPresent()) {
                        return Optional.empty();
                    }
                }
            }
        }
        boolean host = Family.OF_THE_HOST.containsAll(family.operations());
        return Optional.of("the planner declines it: " + (host ? "the host does it" : "the engine decomposes it"));
    }

    private static String compare(Bench bench, Family family) {
        AcceleratorSubject subject = bench.subject();
        try (Truth truth = new Truth(subject.oracle())) {
            Judge judge = new Judge(truth, subject.seed());
            Set<DType> taken = new HashSet<>();
            Set<String> mixed = new HashSet<>();
            for (DType dtype : Cases.FLOATING) {
                for (Case tried : family.cases(dtype, subject.extent(), subject.seed(), truth)) {
                    if (tried.plan(bench.device().planner()).isPresent()) {
                        judge.compare(
                                tried,
                                Trial.run(bench.lab(), tried, Layout.usual()).outputs());
                        taken.addAll(tried.types());
                        if (mixed.add(dtype + tried.operation().getClass().getName())) {
                            mixtures(bench, tried, judge);
                        }
                    }
                }
            }
            return judge.figure() + ", in "
                    + taken.stream().sorted().map(DType::label).toList();
        }
    }

    private static void mixtures(Bench bench, Case tried, Judge judge) {
        if (tried.inputs().size() <= MOST_MIXED_INPUTS) {
            for (Case mixed : Mixtures.of(tried, bench.device().planner())) {
                judge.compare(
                        mixed, Trial.run(bench.lab(), mixed, Layout.usual()).outputs());
            }
        }
    }
}
