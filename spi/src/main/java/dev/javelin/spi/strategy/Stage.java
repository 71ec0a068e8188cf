package dev.javelin.spi.strategy;

import dev.javelin.api.JavelinException;
import java.util.Optional;

/**
 * What ranks exchange in an optimizer step, and in which steps. Start from {@link #reducing} or {@link #local}; the
 * canonical constructor is not part of the contract.
 *
 * @param name for programs and reports, unique among the stages of a plan
 * @param gradients REDUCED over the ranks, or LOCAL: each rank updates with its own
 * @param reducer in place of the plain sum of gradients
 * @param synchronizer written behind the update
 * @param fromStep first step of the stage, from 1
 * @param every the stage comes in every how manieth step, from 1
 */
public record Stage(
        String name,
        Gradients gradients,
        Optional<GradientReducer> reducer,
        Optional<Synchronizer> synchronizer,
        long fromStep,
        long every) {

    /** Whose gradients an update takes. */
    public enum Gradients {
        REDUCED,
        LOCAL
    }

    public Stage {
        if (fromStep < 1 || every < 1) {
            throw new JavelinException(
                    "JVL-STR-0008",
                    "stage " + name + " begins at step " + fromStep + " and comes every " + every + " steps",
                    "count steps from 1");
        }
        if (gradients == Gradients.LOCAL && reducer.isPresent()) {
            throw new JavelinException(
                    "JVL-STR-0008",
                    "stage " + name + " keeps gradients local and has the reducer "
                            + reducer.get().name(),
                    "leave out one of the two");
        }
    }

    /** Gradients are summed over the ranks, in every step from the first. */
    public static Stage reducing(String name) {
        return new Stage(name, Gradients.REDUCED, Optional.empty(), Optional.empty(), 1, 1);
    }

    /** Each rank updates with its own gradients: replicas go apart. */
    public static Stage local(String name) {
        return new Stage(name, Gradients.LOCAL, Optional.empty(), Optional.empty(), 1, 1);
    }

    public Stage withReducer(GradientReducer other) {
        return new Stage(name, gradients, Optional.of(other), synchronizer, fromStep, every);
    }

    public Stage withSynchronizer(Synchronizer other) {
        return new Stage(name, gradients, reducer, Optional.of(other), fromStep, every);
    }

    /** From this step on, counted from 1. */
    public Stage withFromStep(long step) {
        return new Stage(name, gradients, reducer, synchronizer, step, every);
    }

    /** Only in every so manieth step from {@link #fromStep} on: first in step {@code fromStep + steps - 1}. */
    public Stage withEvery(long steps) {
        return new Stage(name, gradients, reducer, synchronizer, fromStep, steps);
    }

    /** True if the stage comes in this step. */
    public boolean at(long step) {
        return step >= fromStep && (step - fromStep + 1) % every == 0;
    }
}
