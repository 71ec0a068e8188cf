package dev.javelin.engine.program;

import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;

/** The slots of scalars that the host writes before each program. */
public final class Scalars {
    /** Keys of random operations: see {@code Graph.random()}. */
    public static final Slot RANDOM = new Slot(Slot.Kind.SCALAR, "random", TensorType.of(DType.INT32, 6));

    private Scalars() {}

    /** How far averages move to the weights in this step. No group's scalar is called so: those have a dot. */
    public static Slot averageRate(DType dtype) {
        return of("averageRate", dtype);
    }

    /**
     * The gradient of the summed loss with which the backward pass begins where losses are scaled: the scale, divided by a
     * power of two near the number of samples. Gradients are divided by it in the update.
     */
    public static Slot lossSeed(DType dtype) {
        return of("lossSeed", dtype);
    }

    /** A floating scalar of this name. */
    public static Slot of(String name, DType dtype) {
        return new Slot(Slot.Kind.SCALAR, name, new TensorType(dtype, Shape.scalar()));
    }
}
