package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.api.DType;
import dev.javelin.tck.Rule;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Operations that have a decomposition, computed both ways on the device. */
final class FusedRules {
    private FusedRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(opened(
                "ACC-671",
                "What the planner takes whole gives what its decomposition gives on the same device, within the"
                        + " tolerance.",
                "A model must not change when a kernel is added.",
                FusedRules::decomposed));
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
