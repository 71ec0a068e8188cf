package dev.javelin.cli.bench;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.MatMul;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.HostMemory;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
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
    /** Products and copies go on beside each other for so long, or for one of either. */
    private static final double BESIDE_SECONDS = 0.05;

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
        try (HostMemory pinned = device.hostMemory(2 * HOST_BYTES, "benchmark");
                DeviceMemory first = device.allocate(HOST_BYTES, "benchmark");
                DeviceMemory second = device.allocate(HOST_BYTES, "benchmark")) {
            pinned.segment().fill(FILLING);
            MemorySegment up = pinned.segment().asSlice(0, HOST_BYTES);
            MemorySegment down = pinned.segment().asSlice(HOST_BYTES, HOST_BYTES);
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
                    beside(side, product, Math.max(toDevice, toHost), new Copies(up, first, second, down)));
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

    /** Copies both ways that do not touch each other. */
    private record Copies(MemorySegment up, DeviceMemory first, DeviceMemory second, MemorySegment down) {}

    /** Products, copies to the device and copies to the host at once, each about as long as the others take alone. */
    private DeviceReport.Beside beside(long side, double productAlone, double copyAlone, Copies memory) {
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
            double seconds = Math.max(BESIDE_SECONDS, Math.max(productAlone, copyAlone));
            int products = (int) Math.ceil(seconds / productAlone);
            int copies = (int) Math.ceil(seconds / copyAlone);
            double[] ends = new double[QueueRole.values().length];
            long start = System.nanoTime();
            for (int i = 0; i < copies; i++) {
                send(memory.up, memory.first);
                fetch(memory.second, memory.down);
            }
            note(QueueRole.TO_DEVICE, start, ends);
            note(QueueRole.TO_HOST, start, ends);
            for (int i = 0; i < products; i++) {
                kernel.launch(queue, in, out, scratch.address());
            }
            note(QueueRole.COMPUTE, start, ends);
            queue.synchronize();
            awaitCopies();
            return new DeviceReport.Beside(
                    copies * HOST_BYTES / ends[QueueRole.TO_DEVICE.ordinal()],
                    copies * HOST_BYTES / ends[QueueRole.TO_HOST.ordinal()],
                    products * productAlone / ends[QueueRole.COMPUTE.ordinal()]);
        }
    }

    /** Lets a queue tell when it is done with all that it has to do now. */
    private void note(QueueRole role, long startNanos, double[] ends) {
        device.queue(role).run(() -> ends[role.ordinal()] = (System.nanoTime() - startNanos) / 1e9);
    }
}
