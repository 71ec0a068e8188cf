package dev.javelin.engine.run;

import dev.javelin.api.Initializer;
import dev.javelin.api.Parameter;
import dev.javelin.api.TensorType;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.lower.Chunk;
import dev.javelin.engine.lower.FragmentState;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.stream.LongStream;

/**
 * The first values of parameters, averages and the state of fragments. Each element is a pure function of (seed, path,
 * element), so that it does not matter who computes it, and where it lies.
 */
final class InitialValues {
    private final Compilation compilation;
    private final Accelerator accelerator;
    private final DeviceQueue queue;
    private final long base;

    /** @param base address of the resident memory */
    InitialValues(Compilation compilation, Accelerator accelerator, long base) {
        this.compilation = compilation;
        this.accelerator = accelerator;
        this.base = base;
        queue = accelerator.queue(QueueRole.COMPUTE);
    }

    private boolean there(Slot slot) {
        return compilation.slots().offsets().containsKey(slot);
    }

    private long address(Slot slot) {
        return base + compilation.slots().offset(slot);
    }

    /** Writes all that do not begin with zero. */
    void write(long seed) {
        for (Chunk chunk : compilation.chunks().all()) {
            if (there(chunk.values())) {
                write(chunk, seed);
            }
        }
        for (FragmentState state : FragmentState.all(compilation.plan(), compilation.chunks())) {
            if (there(state.slot())) {
                write(state, seed);
            }
        }
        beginAverages();
    }

    /** Makes the weights that there are the averages, where averages are kept. */
    void beginAverages() {
        for (Chunk chunk : compilation.chunks().all()) {
            if (there(chunk.average())) {
                beginAverage(chunk);
            }
        }
    }

    private void beginAverage(Chunk chunk) {
        try (Arena host = Arena.ofShared()) {
            TensorType own = chunk.type();
            TensorType average = chunk.average().type();
            MemorySegment values = host.allocate(Math.max(1, own.bytes()), 64).asSlice(0, own.bytes());
            accelerator.copyToHost(queue, address(chunk.values()), values);
            queue.synchronize();
            MemorySegment wide = values;
            if (own.dtype() != average.dtype()) {
                wide = host.allocate(Math.max(1, average.bytes()), 64).asSlice(0, average.bytes());
                Numbers.convert(values, own.dtype(), wide, average.dtype(), own.elements());
            }
            accelerator.copyToDevice(queue, wide, address(chunk.average()));
            queue.synchronize();
        }
    }

    private void write(FragmentState state, long seed) {
        try (Arena host = Arena.ofShared()) {
            TensorType type = state.slot().type();
            MemorySegment values = host.allocate(Math.max(1, type.bytes()), 64);
            fill(state.initial(), seed, state.path() + "#" + state.kind(), type, 0, values);
            accelerator.copyToDevice(queue, values.asSlice(0, type.bytes()), address(state.slot()));
            queue.synchronize();
        }
    }

    private void write(Chunk chunk, long seed) {
        try (Arena host = Arena.ofShared()) {
            MemorySegment values = host.allocate(chunk.type().bytes(), 64);
            for (Chunk.Member member : chunk.members()) {
                Parameter parameter =
                        Objects.requireNonNull(compilation.paths().parameters().get(member.path()));
                TensorType type = chunk.type().withShape(member.shape());
                fill(parameter.initializer(), seed, member.path(), type, member.offset(), values);
            }
            accelerator.copyToDevice(queue, values, address(chunk.values()));
            queue.synchronize();
        }
    }

    /** Elements are independent: blocks of them are computed side by side. */
    private static void fill(
            Initializer initializer, long seed, String key, TensorType type, long offset, MemorySegment values) {
        long block = 1 << 16;
        LongStream.range(0, Math.ceilDiv(type.elements(), block)).parallel().forEach(b -> {
            Initializer.Source source = new Initializer.Source(seed, key);
            for (long i = b * block; i < Math.min(type.elements(), (b + 1) * block); i++) {
                Numbers.set(values, type.dtype(), offset + i, initializer.value(source, i));
            }
        });
    }
}
