package dev.javelin.engine.run;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.SlotLayout;
import dev.javelin.engine.lower.Chunk;
import dev.javelin.engine.lower.Chunks;
import dev.javelin.engine.lower.Update;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Scalars;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.trace.StepTracer;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** What the host writes before a program and reads after it: scalars, batch fields, metrics. */
final class Staging {
    private final SlotLayout slots;
    private final Accelerator accelerator;
    private final DeviceQueue queue;
    private final long base;
    private final Arena arena;
    private final Map<Slot, MemorySegment> buffers = new HashMap<>();

    Staging(SlotLayout slots, Accelerator accelerator, DeviceQueue queue, long base, Arena arena) {
        this.slots = slots;
        this.accelerator = accelerator;
        this.queue = queue;
        this.base = base;
        this.arena = arena;
    }

    long address(Slot slot) {
        return base + slots.offset(slot);
    }

    /** The host's buffer for a slot; waits until an earlier copy from it is done. */
    private MemorySegment buffer(Slot slot) {
        return buffers.computeIfAbsent(
                        slot, s -> arena.allocate(Math.max(8, s.type().bytes()), 64))
                .asSlice(0, slot.type().bytes());
    }

    /** Learning rate and optimizer scalars of every group. */
    void writeScalars(Chunks chunks, long step, double learningRate) {
        queue.synchronize();
        for (Chunk chunk : chunks.all()) {
            if (chunk.trainable()) {
                String group = chunk.group().name();
                scalar(group, Update.LEARNING_RATE, learningRate * chunk.group().learningRateFactor());
                for (String name : chunk.group().optimizer().scalars()) {
                    scalar(group, name, chunk.group().optimizer().scalar(name, step));
                }
            }
        }
    }

    /** How far averages move in a step, where there are any. */
    void writeAverageRate(CompileOptions options, long step) {
        scalar(Scalars.averageRate(options.dtype()).name(), options.averaging().rate(step));
    }

    private void scalar(String group, String name, double value) {
        scalar(Update.scalarName(group, name), value);
    }

    private void scalar(String name, double value) {
        slots.find(Slot.Kind.SCALAR, name).ifPresent(slot -> {
            MemorySegment buffer = buffer(slot);
            Numbers.set(buffer, slot.type().dtype(), 0, value);
            accelerator.copyToDevice(queue, buffer, address(slot));
        });
    }

    /** Keys of random numbers; {@code rows} is the compiled number of rows, padding included. */
    void writeRandom(long seed, long step, int micro, long firstSample, long rows) {
        if (!slots.offsets().containsKey(Scalars.RANDOM)) {
            return;
        }
        MemorySegment buffer = buffer(Scalars.RANDOM);
        int[] words = {(int) seed, (int) (seed >>> 32), (int) step, micro, (int) firstSample, (int) rows};
        MemorySegment.copy(words, 0, buffer, ValueLayout.JAVA_INT, 0, words.length);
        accelerator.copyToDevice(queue, buffer, address(Scalars.RANDOM));
    }

    /**
     * Copies the fields that a program reads to the device.
     *
     * @throws JavelinException {@code JVL-DAT-0020} if a field is missing or has another size
     */
    void writeBatch(Program program, HostBatch batch) {
        queue.synchronize();
        for (Program.Input input : program.inputs()) {
            Slot slot = input.slot();
            if (slot.kind() == Slot.Kind.BATCH) {
                String name = StepTracer.field(slot, program.name());
                MemorySegment source =
                        name.equals(StepTracer.ROW_WEIGHTS) ? rowWeights(slot, batch.rows()) : field(name, slot, batch);
                accelerator.copyToDevice(queue, source, address(slot));
            }
        }
    }

    private static MemorySegment field(String name, Slot slot, HostBatch batch) {
        MemorySegment source = batch.fields().get(name);
        if (source == null || source.byteSize() != slot.type().bytes()) {
            throw new JavelinException(
                    "JVL-DAT-0020",
                    "field '" + name + "' of a batch "
                            + (source == null ? "is missing" : "has " + source.byteSize() + " bytes") + ", expected "
                            + slot.type() + " = " + slot.type().bytes() + " bytes",
                    "give batches of the form that was compiled");
        }
        return source;
    }

    private MemorySegment rowWeights(Slot slot, long rows) {
        MemorySegment buffer = buffer(slot);
        DType dtype = slot.type().dtype();
        for (long i = 0; i < slot.type().elements(); i++) {
            Numbers.set(buffer, dtype, i, i < rows ? 1 : 0);
        }
        return buffer;
    }

    void write(Slot slot, IntToDoubleFunction values) {
        queue.synchronize();
        MemorySegment buffer = buffer(slot);
        for (int i = 0; i < slot.type().elements(); i++) {
            Numbers.set(buffer, slot.type().dtype(), i, values.applyAsDouble(i));
        }
        accelerator.copyToDevice(queue, buffer, address(slot));
    }

    double readScalar(Slot slot) {
        return read(slot)[0];
    }

    double[] read(Slot slot) {
        MemorySegment buffer = buffer(slot);
        accelerator.copyToHost(queue, address(slot), buffer);
        queue.synchronize();
        double[] values = new double[(int) slot.type().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Numbers.get(buffer, slot.type().dtype(), i);
        }
        return values;
    }
}
