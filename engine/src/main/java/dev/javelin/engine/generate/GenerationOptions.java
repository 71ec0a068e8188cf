package dev.javelin.engine.generate;

import dev.javelin.api.DType;
import dev.javelin.api.GenerativeModule;
import dev.javelin.api.JavelinException;

/**
 * The form of a {@link CachedModel}.
 *
 * @param dtype of parameters, activations and cache
 * @param sequences B, how many texts it reads side by side
 * @param capacity S, positions that each text has room for in the cache
 */
public record GenerationOptions(DType dtype, int sequences, int capacity) {

    public GenerationOptions {
        if (sequences < 1 || capacity < 1) {
            throw new JavelinException(
                    "JVL-API-0041",
                    "generation: " + sequences + " sequences of " + capacity + " positions",
                    "ask for at least one of each");
        }
    }

    /** One text, with room for as many positions as the model has. */
    public static GenerationOptions of(DType dtype, GenerativeModule module) {
        return new GenerationOptions(dtype, 1, (int) Math.min(module.positions(), Integer.MAX_VALUE - 64));
    }

    public GenerationOptions withSequences(int count) {
        return new GenerationOptions(dtype, count, capacity);
    }

    /** With less room, or as much as there is. */
    public GenerationOptions withCapacityAtMost(long positions) {
        return new GenerationOptions(dtype, sequences, (int) Math.min(positions, capacity));
    }
}
