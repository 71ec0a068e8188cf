package dev.javelin.engine.profile;

import dev.javelin.api.DType;
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

/**
 * What a device can do, measured on it: the rate of a large matrix product, and that of adding two vectors that no cache
 * holds. A kernel's limit is the slower of the two for its operations and its bytes.
 *
 * @param flopsPerSecond of a product of square matrices with {@value #SIDE} rows
 * @param bytesPerSecond read and written
 */
public record Limits(double flopsPerSecond, double bytesPerSecond) {
    private static final long SIDE = 1024;
    private static final long VECTOR_BYTES = 64L << 20;
    private static final double LEAST_SECONDS = 0.1;
    private static final int LEAST_CALLS = 3;
    /** In each byte: about 0.01 in all floating types but FLOAT64, where it is 1e-18. */
    private static final byte FILLING = 0x3C;

    /** Measures for a few tenths of a second on small numbers; takes 200 MB of the device's memory meanwhile. */
    public static Limits measure(Accelerator device, DType dtype) {
        TensorType matrix = TensorType.of(dtype, SIDE, SIDE);
        TensorType vector = TensorType.of(dtype, VECTOR_BYTES / dtype.bytes());
        double product = seconds(device, new MatMul(false, false), matrix);
        double sum = seconds(device, new Binary(Binary.Kind.ADD), vector);
        return new Limits(2.0 * SIDE * SIDE * SIDE / product, 3.0 * VECTOR_BYTES / sum);
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
