package dev.javelin.engine.run;

import dev.javelin.api.TensorType;
import dev.javelin.engine.program.Slot;

/**
 * One parameter's part of one kind of state, as checkpoints know it.
 *
 * @param path of the parameter
 * @param kind {@code param}, {@code gradient}, or the name of an optimizer slot
 * @param slot memory that it lies in
 * @param offsetBytes within the slot
 */
public record StateEntry(String path, String kind, TensorType type, Slot slot, long offsetBytes) {
    public static final String PARAM = "param";
    public static final String GRADIENT = "gradient";
}
