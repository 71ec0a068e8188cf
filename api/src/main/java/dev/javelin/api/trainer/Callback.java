package dev.javelin.api.trainer;

import java.nio.file.Path;

/** Hears of a run's events, on the thread that trains. */
public interface Callback {
    /** Before the first step. */
    default void onStart(RunSummary run) {}

    /** After each step; returning false ends the run after this step, as if it were the last. */
    default boolean onStep(StepMetrics metrics) {
        return true;
    }

    /** After {@link #onStep} of a step whose loss or gradient norm stands out; a step may have two. */
    default void onSpike(Spike spike) {}

    default void onValidation(ValidationMetrics metrics) {}

    default void onCheckpoint(long step, Path folder) {}

    /** The steps of {@link TrainerOptions#profiling} are over, and what was found is in this folder. */
    default void onProfile(Path folder) {}

    /** A text printed by an instruction of the program. */
    default void onPrint(String text) {}

    /** After the last step, also when a run ends by a signal; not after an error. */
    default void onEnd(FitResult result) {}
}
