package dev.javelin.engine.run;

import dev.javelin.api.TensorType;
import dev.javelin.engine.program.Slot;

/**
 * One parameter's part of one kind of state, as checkpoints know it.
 *
 * @param path of the parameter
 * @param kind {@code param}, {@code average}, {@code gradient}, the name of an optimizer slot, or {@code REDUCER-STATE} of a fragment
 * @param slot memory that it lies in
 * @param offsetBytes within the slot
 */
public record StateEntry(String path, String kind, TensorType type, Slot slot, long offsetBytes) {
    /** What the kinds of state begin with that each rank has of its own. */
    public static final String OF_RANK = "rank-";

    public static final String PARAM = "param";
    public static final String AVERAGE = "average";
    public static final String GRADIENT = "gradient";

    StateEntry withKind(String other) {
        return new StateEntry(path, other, type, slot, offsetBytes);
    }
}
