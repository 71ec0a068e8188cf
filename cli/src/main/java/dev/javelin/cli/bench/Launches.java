package dev.javelin.cli.bench;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.engine.run.Numbers;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Measures an instruction alone on a device, on random data in memory of its own, while the code it runs settles. */
final class Launches {
    private static final double MOST_TIMES = 10;
    private static final int STALE_TRAINS = 5;
    private static final double BETTER = 0.97;
    /** Launches follow each other without the host in between until they take so long. */
    private static final double TRAIN_SECONDS = 0.005;

    private static final int MOST_LAUNCHES = 1 << 12;
    /** Random elements that are repeated over an input: enough that no two rows of a kernel's tile are equal. */
    private static final long PATTERN = 1 << 20;

    private final Accelerator device;
    private final DeviceQueue queue;
    private final double leastSeconds;

    /** @param leastSeconds for which a call is measured at least; ten times as long at most */
    Launches(Accelerator device, double leastSeconds) {
        this.device = device;
        this.leastSeconds = leastSeconds;
        this.queue = device.queue(QueueRole.COMPUTE);
    }

    /** Seconds of a launch, see {@link #seconds(Runnable)}. */
    double seconds(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        long workspace = device.planner()
                .plan(operation, inputs, outputs)
                .map(KernelPlan::workspaceBytes)
                .orElse(0L);
        Kernel kernel = device.prepare(operation, inputs, outputs);
        List<DeviceMemory> held = new ArrayList<>();
        try {
            long[] in = new long[inputs.size()];
            for (int i = 0; i < in.length; i++) {
                in[i] = allocate(inputs.get(i).bytes(), held);
                fill(in[i], inputs.get(i), integers(operation, inputs, outputs));
            }
            long[] out = new long[outputs.size()];
            for (int i = 0; i < out.length; i++) {
                int at = i;
                out[i] = operation.overwrites(i).isPresent()
                        ? in[operation.overwrites(i).getAsInt()]
                        : allocate(outputs.get(at).bytes(), held);
            }
            long scratch = workspace == 0 ? 0 : allocate(workspace, held);
            return seconds(() -> kernel.launch(queue, in, out, scratch));
        } finally {
            queue.synchronize();
            held.forEach(DeviceMemory::close);
        }
    }

    /**
     * Seconds of a call that enqueues work, the best mean of several trains of calls: as long as they get faster, as code
     * that is being compiled does, and a while more.
     */
    double seconds(Runnable launch) {
        int count = 1;
        double best = train(launch, count);
        long begun = System.nanoTime();
        int stale = 0;
        while (!settled(stale, (System.nanoTime() - begun) / 1e9)) {
            double train = train(launch, count);
            stale = train / count < best * BETTER ? 0 : stale + 1;
            best = Math.min(best, train / count);
            if (train < TRAIN_SECONDS && count < MOST_LAUNCHES) {
                count *= 2;
                stale = 0;
            }
        }
        return best;
    }

    private boolean settled(int stale, double seconds) {
        return stale >= STALE_TRAINS && seconds >= leastSeconds || seconds >= MOST_TIMES * leastSeconds;
    }

    private double train(Runnable launch, int count) {
        queue.synchronize();
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            launch.run();
        }
        queue.synchronize();
        return (System.nanoTime() - start) / 1e9;
    }

    private long allocate(long bytes, List<DeviceMemory> held) {
        DeviceMemory memory = device.allocate(Math.max(1, bytes), "benchmark");
        held.add(memory);
        return memory.address();
    }

    /** How many values an index of this instruction may take: rows of a table, classes of a loss. */
    private static long integers(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return switch (operation) {
            case Embedding e -> inputs.getFirst().shape().dim(0);
            case EmbeddingGradient e -> outputs.getFirst().shape().dim(0);
            case CrossEntropy e -> inputs.getFirst().shape().dim(-1);
            case CrossEntropyGradient e -> outputs.getFirst().shape().dim(-1);
            case FusedCrossEntropy e -> inputs.getFirst().shape().dim(-1);
            default -> 1;
        };
    }

    /** Predicates are true, so that what they guard is done. */
    private static double value(TensorType type, long integers, SplittableRandom random) {
        boolean predicate = type.dtype() == DType.BOOL || !type.dtype().floating() && type.elements() == 1;
        return predicate ? 1 : type.dtype().floating() ? random.nextDouble(-0.5, 0.5) : random.nextLong(integers);
    }

    private void fill(long address, TensorType type, long integers) {
        SplittableRandom random = new SplittableRandom(type.elements());
        long pattern = Math.min(PATTERN, type.elements());
        try (Arena arena = Arena.ofShared()) {
            DType dtype = type.dtype();
            MemorySegment host = arena.allocate(Math.max(1, pattern * dtype.bytes()), 64);
            for (long i = 0; i < pattern; i++) {
                Numbers.set(host, dtype, i, value(type, integers, random));
            }
            for (long done = 0; done < type.elements(); done += pattern) {
                long bytes = Math.min(pattern, type.elements() - done) * dtype.bytes();
                device.copyToDevice(queue, host.asSlice(0, bytes), address + done * dtype.bytes());
            }
            queue.synchronize();
        }
    }
}
