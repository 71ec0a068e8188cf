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
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;

/**
 * What the host writes before a program and reads after it: scalars, batch fields, metrics. It passes through pinned memory
 * of two places a slot, so that the host writes the next value while the last one is on its way, and waits for a copy only
 * if that is two values behind.
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
                String name = StepTracer.field(slot, program.name());
                if (name.equals(StepTracer.ROW_WEIGHTS)) {
                    rowWeights(slot, batch.rows());
                } else {
                    MemorySegment source = field(name, slot, batch);
                    next(slot).copyFrom(source);
                }
                send(slot);
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

    private void rowWeights(Slot slot, long rows) {
        MemorySegment buffer = next(slot);
        DType dtype = slot.type().dtype();
        for (long i = 0; i < slot.type().elements(); i++) {
            Numbers.set(buffer, dtype, i, i < rows ? 1 : 0);
        }
    }

    void write(Slot slot, IntToDoubleFunction values) {
        MemorySegment buffer = next(slot);
        for (int i = 0; i < slot.type().elements(); i++) {
            Numbers.set(buffer, slot.type().dtype(), i, values.applyAsDouble(i));
        }
        send(slot);
    }

    double readScalar(Slot slot) {
        return read(slot)[0];
    }

    double[] read(Slot slot) {
        MemorySegment buffer = next(slot);
        accelerator.copyToHost(queue, address(slot), buffer);
        queue.synchronize();
        double[] values = new double[(int) slot.type().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Numbers.get(buffer, slot.type().dtype(), i);
        }
        return values;
    }

    /** Gives its memory back; no copy may be under way. */
    @Override
    public void close() {
        places.values().forEach(Places::close);
        places.clear();
    }

    /** Two places of pinned memory that are used in turn. */
    private static final class Places implements AutoCloseable {
        private static final int COUNT = 2;

        private final HostMemory[] memory = new HostMemory[COUNT];
        private final DeviceEvent[] passed = new DeviceEvent[COUNT];
        private int turn;

        Places(Accelerator accelerator, long bytes) {
            for (int i = 0; i < COUNT; i++) {
                memory[i] = accelerator.hostMemory(bytes, "staging");
                passed[i] = accelerator.event();
            }
        }

        /** The place whose turn it is, once its last copy is done. */
        MemorySegment next() {
            turn = (turn + 1) % COUNT;
            passed[turn].synchronize();
            return memory[turn].segment();
        }

        MemorySegment current() {
            return memory[turn].segment();
        }

        DeviceEvent event() {
            return passed[turn];
        }

        @Override
        public void close() {
            for (int i = 0; i < COUNT; i++) {
                passed[i].close();
                memory[i].close();
            }
        }
    }
}
