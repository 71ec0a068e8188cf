package dev.javelin.cli.bench;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.ObjDoubleConsumer;

/**
 * One rank of a measurement: sums of each size, again and again. Buffers take turns in a slab that no cache holds, so that
 * each call finds its buffer in memory, as gradients are found.
 */
final class SumRank {
    private static final long SLAB_BYTES = 128L << 20;
    private static final long BATCH_BYTES = 4L << 20;
    private static final int MOST_CALLS = 64;
    private static final int LEAST_BATCHES = 3;
    private static final double WARM_UP_SECONDS = 0.2;
    private static final double SECONDS = 0.3;

    /** In each byte: numbers of about 0.01. Sums of sums grow from there, at last to infinity, which costs no more to add. */
    private static final byte FILLING = 0x3C;

    private final Accelerator cpu;
    private final DeviceQueue queue;
    private final long[] sizes;

    SumRank(Accelerator cpu, long[] sizes) {
        this.cpu = cpu;
        this.queue = cpu.queue(QueueRole.COMMUNICATION);
        this.sizes = sizes;
    }

    private long slabBytes() {
        long most = SLAB_BYTES;
        for (long size : sizes) {
            most = Math.max(most, size);
        }
        return most;
    }

    /** @param result hears on the first rank the size and the mean seconds of a sum of it */
    void sums(Communicator group, ObjDoubleConsumer<Long> result) {
        long slab = slabBytes();
        try (DeviceMemory memory = group.allocate(cpu, slab, "benchmark");
                DeviceMemory word = group.allocate(cpu, Long.BYTES, "benchmark")) {
            cpu.fill(queue, memory.address(), slab, FILLING);
            for (long bytes : sizes) {
                Turns turns = new Turns(slab, bytes);
                Call call = new Call(queue, bytes);
                Runnable sum = () -> group.allReduce(call, memory.address() + turns.next(), bytes / 4, DType.FLOAT32);
                Going going = (seconds, least) -> goesOn(group, word, seconds < least);
                measure(bytes, sum, WARM_UP_SECONDS, going);
                double seconds = measure(bytes, sum, SECONDS, going);
                if (group.rank() == 0) {
                    result.accept(bytes, seconds);
                }
            }
            group.barrier(new Call(queue, -1));
            queue.synchronize();
        }
    }

    /** The same with copies by one process, from one slab to another. */
    void copies(ObjDoubleConsumer<Long> result) {
        long slab = slabBytes();
        try (DeviceMemory source = cpu.allocate(slab, "benchmark");
                DeviceMemory target = cpu.allocate(slab, "benchmark")) {
            cpu.fill(queue, source.address(), slab, FILLING);
            cpu.fill(queue, target.address(), slab, FILLING);
            for (long bytes : sizes) {
                Turns turns = new Turns(slab, bytes);
                Runnable copy = () -> {
                    long offset = turns.next();
                    cpu.copy(queue, source.address() + offset, target.address() + offset, bytes);
                };
                Going going = (seconds, least) -> seconds < least;
                measure(bytes, copy, WARM_UP_SECONDS, going);
                result.accept(bytes, measure(bytes, copy, SECONDS, going));
            }
        }
    }

    /** Offsets of the buffers, one after the other. */
    private static final class Turns {
        private final long slab;
        private final long bytes;
        private long offset;

        Turns(long slab, long bytes) {
            this.slab = slab;
            this.bytes = bytes;
        }

        long next() {
            long now = offset;
            offset = offset + 2 * bytes > slab ? 0 : offset + bytes;
            return now;
        }
    }

    /** Whether to go on after so many seconds; the same on all ranks. */
    @FunctionalInterface
    private interface Going {
        boolean on(double seconds, double least);
    }

    /** The mean over batches of calls, each batch timed by itself. */
    private double measure(long bytes, Runnable call, double least, Going going) {
        int calls = (int) Math.clamp(BATCH_BYTES / bytes, 1, MOST_CALLS);
        double seconds = 0;
        int batches = 0;
        do {
            long start = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                call.run();
            }
            queue.synchronize();
            seconds += (System.nanoTime() - start) / 1e9;
            batches++;
        } while (batches < LEAST_BATCHES || going.on(seconds, least));
        return seconds / batches / calls;
    }

    /** What the first rank says. */
    private boolean goesOn(Communicator group, DeviceMemory word, boolean mine) {
        MemorySegment host = MemorySegment.ofArray(new long[] {mine ? 1 : 0});
        cpu.copyToDevice(queue, host, word.address());
        group.broadcast(new Call(queue, 0), word.address(), Long.BYTES, 0);
        cpu.copyToHost(queue, word.address(), host);
        queue.synchronize();
        return host.get(ValueLayout.JAVA_LONG, 0) != 0;
    }
}
