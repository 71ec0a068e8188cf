package dev.javelin.cli.bench;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.MatMul;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** What a device can: a large product, copies within it, and copies between it and the host. */
final class DeviceLimits {
    private static final long LEAST_SIDE = 512;
    private static final long MOST_SIDE = 8192;
    /** A product or a copy is large enough when it takes so long: launches do not count any more. */
    private static final double LARGE_SECONDS = 0.002;

    private static final long LEAST_BYTES = 32L << 20;
    private static final long MOST_BYTES = 1L << 30;
    private static final long HOST_BYTES = 64L << 20;
    private static final byte FILLING = 0x3C;

    private final Accelerator device;
    private final DType dtype;
    private final Launches launches;

    DeviceLimits(Accelerator device, DType dtype, Launches launches) {
        this.device = device;
        this.dtype = dtype;
        this.launches = launches;
    }

    DeviceReport.Limits measure() {
        long side = LEAST_SIDE;
        double product = product(side);
        double best = rate(side, product);
        while (side < MOST_SIDE && product < LARGE_SECONDS) {
            side *= 2;
            product = product(side);
            best = Math.max(best, rate(side, product));
        }
        double copy = copy();
        try (Arena arena = Arena.ofShared();
                DeviceMemory first = device.allocate(HOST_BYTES, "benchmark");
                DeviceMemory second = device.allocate(HOST_BYTES, "benchmark")) {
            MemorySegment up = arena.allocate(HOST_BYTES, 4096).fill(FILLING);
            MemorySegment down = arena.allocate(HOST_BYTES, 4096).fill(FILLING);
            double toDevice = timed(() -> send(up, first));
            double toHost = timed(() -> fetch(second, down));
            double both = timed(() -> {
                send(up, first);
                fetch(second, down);
            });
            return new DeviceReport.Limits(
                    best,
                    copy,
                    HOST_BYTES / toDevice,
                    HOST_BYTES / toHost,
                    HOST_BYTES / both,
                    beside(side, product, up, first));
        }
    }

    private static double rate(long side, double seconds) {
        return 2.0 * side * side * side / seconds;
    }

    private double product(long side) {
        TensorType matrix = TensorType.of(dtype, side, side);
        return launches.seconds(new MatMul(false, false), List.of(matrix, matrix), List.of(matrix));
    }

    /** Bytes read and written a second, by memory that no cache holds. */
    private double copy() {
        double best = 0;
        for (long bytes = LEAST_BYTES; bytes <= MOST_BYTES; bytes *= 2) {
            long size = bytes;
            DeviceQueue queue = device.queue(QueueRole.COMPUTE);
            try (DeviceMemory source = device.allocate(size, "benchmark");
                    DeviceMemory target = device.allocate(size, "benchmark")) {
                device.fill(queue, source.address(), size, FILLING);
                double seconds = launches.seconds(() -> device.copy(queue, source.address(), target.address(), size));
                best = Math.max(best, 2.0 * size / seconds);
                if (seconds > LARGE_SECONDS) {
                    return best;
                }
            }
        }
        return best;
    }

    private void send(MemorySegment source, DeviceMemory target) {
        device.copyToDevice(device.queue(QueueRole.TO_DEVICE), source, target.address());
    }

    private void fetch(DeviceMemory source, MemorySegment target) {
        device.copyToHost(device.queue(QueueRole.TO_HOST), source.address(), target);
    }

    private void awaitCopies() {
        device.queue(QueueRole.TO_DEVICE).synchronize();
        device.queue(QueueRole.TO_HOST).synchronize();
    }

    /** Seconds of a call whose copies run to their end, the best of several. */
    private double timed(Runnable copies) {
        double best = Double.POSITIVE_INFINITY;
        for (int turn = 0; turn < 5; turn++) {
            long start = System.nanoTime();
            copies.run();
            awaitCopies();
            best = Math.min(best, (System.nanoTime() - start) / 1e9);
        }
        return best;
    }

    /** Products and copies at once, each for about as long as the other takes alone. */
    private DeviceReport.Beside beside(long side, double alone, MemorySegment source, DeviceMemory target) {
        TensorType matrix = TensorType.of(dtype, side, side);
        MatMul operation = new MatMul(false, false);
        long workspace = device.planner()
                .plan(operation, List.of(matrix, matrix), List.of(matrix))
                .map(KernelPlan::workspaceBytes)
                .orElse(0L);
        Kernel kernel = device.prepare(operation, List.of(matrix, matrix), List.of(matrix));
        DeviceQueue queue = device.queue(QueueRole.COMPUTE);
        try (DeviceMemory left = device.allocate(matrix.bytes(), "benchmark");
                DeviceMemory right = device.allocate(matrix.bytes(), "benchmark");
                DeviceMemory result = device.allocate(matrix.bytes(), "benchmark");
                DeviceMemory scratch = device.allocate(Math.max(1, workspace), "benchmark")) {
            device.fill(queue, left.address(), matrix.bytes(), FILLING);
            device.fill(queue, right.address(), matrix.bytes(), FILLING);
            queue.synchronize();
            long[] in = {left.address(), right.address()};
            long[] out = {result.address()};
            double copyAlone = timed(() -> send(source, target));
            int products = (int) Math.max(1, Math.min(1000, Math.ceil(copyAlone / alone)));
            int copies = (int) Math.max(1, Math.min(1000, Math.ceil(products * alone / copyAlone)));
            long start = System.nanoTime();
            for (int i = 0; i < copies; i++) {
                send(source, target);
            }
            for (int i = 0; i < products; i++) {
                kernel.launch(queue, in, out, scratch.address());
            }
            queue.synchronize();
            double productSeconds = (System.nanoTime() - start) / 1e9;
            awaitCopies();
            double copySeconds = (System.nanoTime() - start) / 1e9;
            return new DeviceReport.Beside(copies * HOST_BYTES / copySeconds, products * alone / productSeconds);
        }
    }
}
