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
 */
public record GenerationOptions(PrecisionPlan precision, int sequences, int capacity) {

    public GenerationOptions {
        if (sequences < 1 || capacity < 1) {
            throw new JavelinException(
                    "JVL-API-0041",
                    "generation: " + sequences + " sequences of " + capacity + " positions",
                    "ask for at least one of each");
        }
    }

    /** With everything of one type. */
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
        return new GenerationOptions(precision, count, capacity);
    }

    /** With less room, or as much as there is. */
    public GenerationOptions withCapacityAtMost(long positions) {
        return new GenerationOptions(precision, sequences, (int) Math.min(positions, capacity));
    }
}
