package dev.javelin.engine.lower;

import java.util.Locale;

/** Which micro-batch of an optimizer step a training program is for: chosen by the host as a function of the step. */
public enum Variant {
    /** The step has one micro-batch. */
    ONLY,
    FIRST,
    MIDDLE,
    LAST;

    /** True if gradients and losses of earlier micro-batches are there to add to. */
    public boolean accumulates() {
        return this == MIDDLE || this == LAST;
    }

    /** True if the update follows. */
    public boolean updates() {
        return this == ONLY || this == LAST;
    }

    /** Name of the training program for this variant. */
    public String program() {
        return "train." + name().toLowerCase(Locale.ROOT);
    }

    /** The variant for micro-batch {@code index} (from 0) of {@code count}. */
    public static Variant of(int index, int count) {
        if (count == 1) {
            return ONLY;
        }
        return index == 0 ? FIRST : index == count - 1 ? LAST : MIDDLE;
    }
}
