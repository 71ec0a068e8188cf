package dev.javelin.engine.generate;

import dev.javelin.api.DType;
import dev.javelin.api.GenerativeModule;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.PrecisionPlan;

/**
 * The form of a {@link CachedModel}.
 *
 * @param precision the element types; where products have another type than parameters, the cache has that of products
 * @param sequences B, how many texts it reads side by side
 * @param capacity S, positions that each text has room for in the cache
 * @param chooser who chooses tokens; the tokens are the same
 */
public record GenerationOptions(PrecisionPlan precision, int sequences, int capacity, Chooser chooser) {

    /** Who chooses tokens from their logits. */
    public enum Chooser {
        /** The device, if it has a kernel for that, and else the host: of a text only the token comes to the host. */
        DEVICE,
        /** The host, which has all logits after each read. */
        HOST
    }

    public GenerationOptions {
        if (sequences < 1 || capacity < 1) {
            throw new JavelinException(
                    "JVL-API-0041",
                    "generation: " + sequences + " sequences of " + capacity + " positions",
                    "ask for at least one of each");
        }
    }

    /** With tokens that the device chooses, if it can. */
    public GenerationOptions(PrecisionPlan precision, int sequences, int capacity) {
        this(precision, sequences, capacity, Chooser.DEVICE);
    }

    /** The same with everything of one type. */
    public GenerationOptions(DType dtype, int sequences, int capacity) {
        this(PrecisionPlan.all(dtype), sequences, capacity);
    }

    /** One text, with room for as many positions as the model has, with everything of one type. */
    public static GenerationOptions of(DType dtype, GenerativeModule module) {
        return of(PrecisionPlan.all(dtype), module);
    }

    /** The same with these types. */
    public static GenerationOptions of(PrecisionPlan precision, GenerativeModule module) {
        return new GenerationOptions(precision, 1, (int) Math.min(module.positions(), Integer.MAX_VALUE - 64));
    }

    public GenerationOptions withSequences(int count) {
        return new GenerationOptions(precision, count, capacity, chooser);
    }

    /** With less room, or as much as there is. */
    public GenerationOptions withCapacityAtMost(long positions) {
        return new GenerationOptions(precision, sequences, (int) Math.min(positions, capacity), chooser);
    }

    public GenerationOptions withChooser(Chooser other) {
        return new GenerationOptions(precision, sequences, capacity, other);
    }
}
