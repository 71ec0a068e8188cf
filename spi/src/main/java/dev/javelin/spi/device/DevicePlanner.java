package dev.javelin.spi.device;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What can be known of a device without opening it. Pure: equal questions get equal answers, everywhere. */
public interface DevicePlanner {

    /** Name for reports, for example {@code cpu}. */
    String name();

    /** Element types that its memory can hold and its kernels compute with. */
    Set<DType> dtypes();

    /** Every address the engine places is a multiple of this many bytes; a power of two. */
    long alignmentBytes();

    /** Device memory that a plan may use; {@link Long#MAX_VALUE} if there is no limit to plan for. */
    long memoryBytes();

    /** Rates for estimates. */
    Rates rates();

    /** Floating-point operations per second of matrix products with operands of this type. */
    default double flopsPerSecond(DType dtype) {
        return rates().flopsPerSecond();
    }

    /**
     * Whether a queue of this role runs beside the compute queue. Where it does not, the engine enqueues its work on the
     * compute queue, at its place in the program. Where {@code TO_DEVICE} does, the engine plans memory in which the next
     * micro-batch lands while the present one is computed.
     */
    default boolean concurrent(QueueRole role) {
        return false;
    }

    /**
     * How the device would run an instruction of these types; empty if it has no kernel for it, in which case the
     * engine decomposes the operation, or, where it has no decomposition, does without it. Must be present for the
     * primitives.
     */
    Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs);

    /**
     * Nominal speed.
     *
     * @param flopsPerSecond of FLOAT32 matrix products
     * @param bytesPerSecond of device memory, read and written
     * @param launchSeconds cost of one launch
     */
    record Rates(double flopsPerSecond, double bytesPerSecond, double launchSeconds) {}
}
