package dev.javelin.api.trainer;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import java.util.stream.Stream;

/**
 * The element types of a run, one by one. Start from a {@link Precision} or from {@link #all} and change some with the
 * {@code withX} methods; the canonical constructor is not part of the contract.
 *
 * <p>Losses, norms of gradients, learning rates and other scalars of a step, and averages of the weights, are of the
 * master's wide type ({@link DType#wide}): FLOAT32, or FLOAT64 for FLOAT64.
 *
 * @param compute of the operands of matrix products and attention
 * @param master of the parameters that the optimizer updates and that model code sees; of checkpoints
 * @param weights where {@code compute} differs from {@code master}: what products read
 * @param slots of the optimizer's state
 * @param gradAccum in which gradients are summed over micro-batches and kept until the update
 * @param reduce in which gradients are summed over ranks
 * @param scaling of the loss, against gradients too small for FLOAT16
 */
public record PrecisionPlan(
        DType compute, DType master, Weights weights, DType slots, DType gradAccum, DType reduce, LossScaling scaling) {

    /**
     * RESIDENT: the parameters in the type of products are kept beside the masters and written by each update; they cost
     * memory throughout and nothing in a micro-batch. DERIVED: each program converts the masters where it uses them.
     */
    public enum Weights {
        RESIDENT,
        DERIVED
    }

    public PrecisionPlan {
        Stream.of(compute, master, slots, gradAccum, reduce)
                .forEach(type ->
                        require(type.floating(), type + " among the types of a precision", "use floating types"));
        require(
                compute == master || compute.half() && master == DType.FLOAT32,
                "products in " + compute + " of parameters in " + master,
                "compute in the type of the parameters, or in 16 bits beside FLOAT32");
        requireState("optimizer state", slots, master == DType.FLOAT32 ? master : compute, master);
        requireState("gradients", gradAccum, compute, master);
        require(
                (reduce == DType.FLOAT64) == (master == DType.FLOAT64),
                "gradients of " + master + " parameters summed over ranks in " + reduce,
                "sum them in FLOAT64 with FLOAT64 parameters, else in FLOAT32, BFLOAT16 or FLOAT16");
        require(
                !scaling.active() || compute == DType.FLOAT16,
                "loss scaling of products in " + compute,
                "scale losses with precision 16-mixed or 16-true only: other types hold small gradients");
    }

    private static void requireState(String what, DType type, DType narrow, DType master) {
        require(
                type == narrow || type == master.wide(),
                what + " in " + type + " beside products in " + narrow + " and parameters in " + master,
                "use " + (narrow == master.wide() ? narrow : narrow + " or " + master.wide()));
    }

    private static void require(boolean condition, String problem, String remedy) {
        if (!condition) {
            throw new JavelinException("JVL-CFG-0032", problem, remedy);
        }
    }

    /** Everything of one type, without loss scaling. */
    public static PrecisionPlan all(DType type) {
        return new PrecisionPlan(type, type, Weights.RESIDENT, type, type, type, LossScaling.none());
    }

    static PrecisionPlan true32() {
        return all(DType.FLOAT32);
    }

    static PrecisionPlan true64() {
        return all(DType.FLOAT64);
    }

    static PrecisionPlan bf16True() {
        return all(DType.BFLOAT16);
    }

    /** With optimizer state in FLOAT32: squares of gradients are too small for FLOAT16. */
    static PrecisionPlan true16() {
        return all(DType.FLOAT16).withSlots(DType.FLOAT32).withScaling(LossScaling.dynamic());
    }

    static PrecisionPlan bf16Mixed() {
        return all(DType.FLOAT32).withCompute(DType.BFLOAT16);
    }

    static PrecisionPlan mixed16() {
        return all(DType.FLOAT32).withCompute(DType.FLOAT16).withScaling(LossScaling.dynamic());
    }

    /** True if products read other numbers than the optimizer writes. */
    public boolean mixed() {
        return compute != master;
    }

    /** All types that a device must hold. */
    public Stream<DType> types() {
        return Stream.of(compute, master, slots, gradAccum, reduce, master.wide())
                .distinct();
    }

    public PrecisionPlan withCompute(DType type) {
        return new PrecisionPlan(type, master, weights, slots, gradAccum, reduce, scaling);
    }

    public PrecisionPlan withWeights(Weights other) {
        return new PrecisionPlan(compute, master, other, slots, gradAccum, reduce, scaling);
    }

    public PrecisionPlan withSlots(DType type) {
        return new PrecisionPlan(compute, master, weights, type, gradAccum, reduce, scaling);
    }

    public PrecisionPlan withGradAccum(DType type) {
        return new PrecisionPlan(compute, master, weights, slots, type, reduce, scaling);
    }

    public PrecisionPlan withReduce(DType type) {
        return new PrecisionPlan(compute, master, weights, slots, gradAccum, type, scaling);
    }

    public PrecisionPlan withScaling(LossScaling other) {
        return new PrecisionPlan(compute, master, weights, slots, gradAccum, reduce, other);
    }
}
