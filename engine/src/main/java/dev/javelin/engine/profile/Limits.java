package dev.javelin.engine.profile;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.MatMul;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * What a device can do, measured on it: the rate of a large matrix product, and that of adding two vectors that no cache
 * holds. A kernel's limit is the slower of the two for its operations and its bytes.
 *
 * @param flopsPerSecond of a product of square matrices with {@value #LEAST_SIDE} rows, or as many more as it takes for a
 *     launch not to count
 * @param bytesPerSecond read and written
 * @param measured false if there was no memory left for it: then they are what the planner estimates by
 */
public record Limits(double flopsPerSecond, double bytesPerSecond, boolean measured) {
    private static final Operation PRODUCT = new MatMul(false, false);
    private static final Operation SUM = new Binary(Binary.Kind.ADD);
    private static final long LEAST_SIDE = 1024;
    private static final long MOST_SIDE = 8192;
    private static final long LEAST_BYTES = 64L << 20;
    private static final long MOST_BYTES = 512L << 20;
    /** A call is large enough when it takes so long: a launch, and the wait for it, do not count any more. */
    private static final double LARGE_SECONDS = 0.002;

    private static final double LEAST_SECONDS = 0.1;
    private static final int LEAST_CALLS = 3;
    /** In each byte: about 0.01 in all floating types but FLOAT64, where it is 1e-18. */
    private static final byte FILLING = 0x3C;
    /** What says that there is no memory left. */
    private static final String EXHAUSTED = "JVL-MEM-0001";

    /**
     * Measures for some tenths of a second on small numbers; takes 200 MB of the device's memory meanwhile, and on a fast
     * device up to 1.5 GB if that is there.
     *
     * @param products type of matrix products; where the device has kernels for wider types only, as the CPU for those of
     *     16 bits, in theirs
     */
    public static Limits measure(Accelerator device, DType products) {
        DType dtype = served(device, products) ? products : products.wide();
        double product = product(device, dtype);
        double sum = product == 0 ? 0 : sum(device, dtype);
        return sum == 0
                ? new Limits(
                        device.planner().flopsPerSecond(dtype),
                        device.planner().rates().bytesPerSecond(),
                        false)
                : new Limits(product, sum, true);
    }

    private static boolean served(Accelerator device, DType dtype) {
        TensorType type = TensorType.of(dtype, LEAST_SIDE, LEAST_SIDE);
        return Stream.of(PRODUCT, SUM)
                .allMatch(operation -> device.planner()
                        .plan(operation, List.of(type, type), List.of(type))
                        .isPresent());
    }

    /** The best rate of products that grow until a launch does not count; 0 if there is no memory for the smallest. */
    private static double product(Accelerator device, DType dtype) {
        double best = 0;
        for (long side = LEAST_SIDE; side <= MOST_SIDE; side *= 2) {
            OptionalDouble seconds = secondsIfRoom(device, PRODUCT, TensorType.of(dtype, side, side));
            if (seconds.isEmpty()) {
                return best;
            }
            best = Math.max(best, 2.0 * side * side * side / seconds.getAsDouble());
            if (seconds.getAsDouble() >= LARGE_SECONDS) {
                return best;
            }
        }
        return best;
    }

    /** The same of sums of two vectors, in bytes. */
    private static double sum(Accelerator device, DType dtype) {
        double best = 0;
        for (long bytes = LEAST_BYTES; bytes <= MOST_BYTES; bytes *= 2) {
            OptionalDouble seconds = secondsIfRoom(device, SUM, TensorType.of(dtype, bytes / dtype.bytes()));
            if (seconds.isEmpty()) {
                return best;
            }
            best = Math.max(best, 3.0 * bytes / seconds.getAsDouble());
            if (seconds.getAsDouble() >= LARGE_SECONDS) {
                return best;
            }
        }
        return best;
    }

    private static OptionalDouble secondsIfRoom(Accelerator device, Operation operation, TensorType type) {
        try {
            return OptionalDouble.of(seconds(device, operation, type));
        } catch (JavelinException e) {
            if (e.code().equals(EXHAUSTED)) {
                return OptionalDouble.empty();
            }
            throw e;
        }
    }

    /** Seconds of a call with two inputs and an output of one type, the best of several. */
    private static double seconds(Accelerator device, Operation operation, TensorType type) {
        List<TensorType> inputs = List.of(type, type);
        List<TensorType> outputs = List.of(type);
        long workspace = device.planner()
                .plan(operation, inputs, outputs)
                .map(KernelPlan::workspaceBytes)
                .orElse(0L);
        Kernel kernel = device.prepare(operation, inputs, outputs);
        DeviceQueue queue = device.queue(QueueRole.COMPUTE);
        List<DeviceMemory> held = new ArrayList<>();
        try {
            long[] addresses = new long[4];
            for (int i = 0; i < addresses.length; i++) {
                DeviceMemory memory = device.allocate(i < 3 ? type.bytes() : Math.max(64, workspace), "limits");
                held.add(memory);
                device.fill(queue, memory.address(), memory.bytes(), FILLING);
                addresses[i] = memory.address();
            }
            queue.synchronize();
            long[] in = {addresses[0], addresses[1]};
            long[] out = {addresses[2]};
            return best(() -> {
                kernel.launch(queue, in, out, addresses[3]);
                queue.synchronize();
            });
        } finally {
            held.forEach(DeviceMemory::close);
        }
    }

    private static double best(Runnable call) {
        call.run();
        long best = Long.MAX_VALUE;
        long begun = System.nanoTime();
        for (int calls = 0; calls < LEAST_CALLS || System.nanoTime() - begun < LEAST_SECONDS * 1e9; calls++) {
            long start = System.nanoTime();
            call.run();
            best = Math.min(best, System.nanoTime() - start);
        }
        return best / 1e9;
    }

    /** Seconds that so much work takes at least. */
    double leastSeconds(double flops, double bytes) {
        return Math.max(flops / flopsPerSecond, bytes / bytesPerSecond);
    }
}
