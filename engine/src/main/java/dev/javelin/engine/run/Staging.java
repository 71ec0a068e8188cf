package dev.javelin.engine.run;

import dev.javelin.api.DType;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.SlotLayout;
import dev.javelin.engine.lower.Chunk;
import dev.javelin.engine.lower.Chunks;
import dev.javelin.engine.lower.Update;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Scalars;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;

/**
 * What the host writes just before a program, on the compute queue: scalars, and the fields of batches that were not
 * staged ahead. It passes through pinned memory of two places a slot, so that the host writes the next value while the last
 * one is on its way, and waits for a copy only if that is two values behind.
 */
final class Staging implements AutoCloseable {
    private final SlotLayout slots;
    private final Accelerator accelerator;
    private final DeviceQueue queue;
    private final long base;
    private final Map<Slot, Places> places = new HashMap<>();

    Staging(SlotLayout slots, Accelerator accelerator, DeviceQueue queue, long base) {
        this.slots = slots;
        this.accelerator = accelerator;
        this.queue = queue;
        this.base = base;
    }

    long address(Slot slot) {
        return base + slots.offset(slot);
    }

    /** Where the host may write a slot's next value; {@link #send} follows. */
    private MemorySegment next(Slot slot) {
        return places.computeIfAbsent(
                        slot, s -> new Places(accelerator, s.type().bytes()))
                .next();
    }

    /** Copies what was written to where {@link #next} said. */
    private void send(Slot slot) {
        Places written = Objects.requireNonNull(places.get(slot));
        accelerator.copyToDevice(queue, written.current(), address(slot));
        queue.record(written.event());
    }

    /**
     * Learning rate and optimizer scalars of every group.
     *
     * @param step counted from 1, as optimizers count
     */
    void writeScalars(Chunks chunks, long step, double learningRate) {
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
        scalar(
                Scalars.averageRate(options.scalarType()).name(),
                options.averaging().rate(step));
    }

    /** What the backward pass begins with, where losses are scaled. */
    void writeLossSeed(double seed) {
        scalar(Scalars.lossSeed(DType.FLOAT32).name(), seed);
    }

    private void scalar(String group, String name, double value) {
        scalar(Update.scalarName(group, name), value);
    }

    private void scalar(String name, double value) {
        slots.find(Slot.Kind.SCALAR, name).ifPresent(slot -> {
            Numbers.set(next(slot), slot.type().dtype(), 0, value);
            send(slot);
        });
    }

    /** Keys of random numbers; {@code rows} is the compiled number of rows, padding included. */
    void writeRandom(long seed, long step, int micro, long firstSample, long rows) {
        if (!slots.offsets().containsKey(Scalars.RANDOM)) {
            return;
        }
        MemorySegment buffer = next(Scalars.RANDOM);
        int[] words = {(int) seed, (int) (seed >>> 32), (int) step, micro, (int) firstSample, (int) rows};
        MemorySegment.copy(words, 0, buffer, ValueLayout.JAVA_INT, 0, words.length);
        send(Scalars.RANDOM);
    }

    /**
     * Copies the fields that a program reads to the device.
     *
     * @throws JavelinException {@code JVL-DAT-0020} if a field is missing or has another size
     */
    void writeBatch(Program program, HostBatch batch) {
        for (Program.Input input : program.inputs()) {
            Slot slot = input.slot();
            if (slot.kind() == Slot.Kind.BATCH) {
                batch.write(slot, program.name(), next(slot));
                send(slot);
            }
        }
    }

    void write(Slot slot, IntToDoubleFunction values) {
        MemorySegment buffer = next(slot);
        for (int i = 0; i < slot.type().elements(); i++) {
            Numbers.set(buffer, slot.type().dtype(), i, values.applyAsDouble(i));
        }
        send(slot);
    }

    /** Gives its memory back; no copy may be under way. */
    @Override
    public void close() {
        places.values().forEach(Places::close);
        places.clear();
    }
}
