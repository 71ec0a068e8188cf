package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Operations that have a decomposition, computed both ways on the device. */
final class FusedRules {
    private FusedRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                opened(
                        "ACC-671",
                        "What the planner takes whole gives what its decomposition gives on the same device, within the"
                                + " tolerance.",
                        "A model must not change when a kernel is added.",
                        FusedRules::decomposed),
                opened(
                                "ACC-672",
                                "A norm with an addition or conversion beside it, and its gradient, have the bits of these"
                                        + " operations one after the other on the same device.",
                                "Where others read a value between them, they are not joined: no strategy may change"
                                        + " weights by that.",
                                FusedRules::parts)
                        .unless(FusedRules::parted));
    }

    private static List<Case> norms(AcceleratorSubject subject, DevicePlanner planner, Truth truth) {
        List<Case> taken = new ArrayList<>();
        for (DType dtype : Cases.FLOATING) {
            Cases cases = new Cases(dtype, subject.extent(), subject.seed(), truth);
            NormCases.rounded(cases);
            for (Case tried : cases.all()) {
                if (tried.plan(planner).isPresent() && alone(tried, planner)) {
                    taken.add(tried);
                }
            }
        }
        return taken;
    }

    /** True if the planner takes the norm by itself too: its decomposition has bits of its own. */
    private static boolean alone(Case tried, DevicePlanner planner) {
        List<TensorType> types = new ArrayList<>(tried.inputTypes());
        boolean forward = tried.operation() instanceof FusedNorm;
        boolean residual = tried.operation() instanceof FusedNorm norm
                ? norm.residual()
                : ((FusedNormGradient) tried.operation()).residual();
        if (residual) {
            types.removeLast();
        }
        types.set(0, types.get(0).withDType(types.get(forward ? 0 : 1).dtype()));
        Operation part = tried.operation() instanceof FusedNorm norm
                ? norm.norm()
                : ((FusedNormGradient) tried.operation()).gradient();
        return planner.plan(part, types, part.infer(types)).isPresent();
    }

    private static Optional<String> parted(AcceleratorSubject subject) {
        if (subject.onlyPlans().isPresent()) {
            return Optional.empty(); // another reason
        }
        try (Truth truth = new Truth(subject.oracle())) {
            boolean none = norms(subject, subject.planner(), truth).isEmpty();
            return Numbered.reason(none, "the planner declines them, or the norms alone");
        }
    }

    private static String parts(Bench bench) {
        int count = 0;
        try (Truth truth = new Truth(bench.subject().oracle())) {
            for (Case tried : norms(bench.subject(), bench.device().planner(), truth)) {
                List<Value> expected = Eager.decomposed(bench.lab(), tried);
                List<Value> actual =
                        Trial.run(bench.lab(), tried, Layout.usual()).outputs();
                for (int o = 0; o < actual.size(); o++) {
                    for (long i = 0; i < actual.get(o).type().elements(); i++) {
                        Breach.unlessEqual(
                                Long.toHexString(expected.get(o).bitsAt(i)),
                                Long.toHexString(actual.get(o).bitsAt(i)),
                                "bits of element " + i + " of output " + o + " of " + tried);
                    }
                }
                count++;
            }
        }
        return count + " cases";
    }

    private static String decomposed(Bench bench) {
        AcceleratorSubject subject = bench.subject();
        Set<String> names = new TreeSet<>();
        try (Truth truth = new Truth(subject.oracle())) {
            Judge judge = new Judge(truth, subject.seed());
            for (Family family : Family.values()) {
                for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
                    for (Case tried : family.cases(dtype, subject.extent().telling(), subject.seed(), truth)) {
                        if (!Family.PRIMITIVES.contains(tried.operation().getClass())
                                && !Family.OF_THE_HOST.contains(
                                        tried.operation().getClass())
                                && tried.plan(bench.device().planner()).isPresent()) {
                            judge.compare(
                                    tried.withTerms(DOUBLED * tried.terms()),
                                    Eager.decomposed(bench.lab(), tried),
                                    Trial.run(bench.lab(), tried, Layout.usual())
                                            .outputs());
                            names.add(tried.operation().name());
                        }
                    }
                }
            }
            return judge.figure() + ", " + names.size() + " operations: " + names;
        }
    }

    /** Both sides may be off: twice the error of sums is four times their terms. */
    private static final long DOUBLED = 4;
}
