package dev.javelin.engine.run;

import dev.javelin.engine.SlotLayout;
import dev.javelin.engine.lower.Variant;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.run.Recording.Copy;
import dev.javelin.engine.run.Recording.Wait;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The way of a step's micro-batches to a device that copies beside its work. The host writes a micro-batch to pinned memory,
 * the TO_DEVICE queue copies it to the landing place, and when its turn comes the compute queue moves it from there to the
 * slots that programs read:
 *
 * <pre>
 * host        write i+1               write i+2
 * TO_DEVICE        await free, copy i+1        ...
 * COMPUTE     move i, record free, program i, await landed, move i+1, record free, program i+1
 * </pre>
 *
 * <p>A move is a copy within the device's memory and short, and behind it the landing place is free for the whole of the
 * program: so one place does for any number of micro-batches.
 */
final class Landing implements AutoCloseable {
    /** Micro-batches have no slots of their own: they share those of every training program. */
    private static final String PROGRAM = Variant.ONLY.program();

    /** A wait for all that another queue has to do. */
    private static final int ALL = -1;

    private final Accelerator accelerator;
    private final DeviceQueue compute;
    private final DeviceQueue toDevice;
    private final long slots;
    private final long landing;
    private final long bytes;
    private final SequencedMap<Slot, Long> offsets = new LinkedHashMap<>();
    private final Places places;
    private final DeviceEvent free;
    private final Programs programs;
    private final boolean poison;
    private @Nullable HostBatch staged;

    /**
     * @param base address of the resident memory
     * @param programs note what is copied while there is a recording
     * @param poison whether the place is filled with ones when it is free, so that a copy that comes too early is lost
     */
    Landing(SlotLayout layout, Accelerator accelerator, long base, Programs programs, boolean poison) {
        this.accelerator = accelerator;
        this.programs = programs;
        this.poison = poison;
        compute = accelerator.queue(QueueRole.COMPUTE);
        toDevice = accelerator.queue(QueueRole.TO_DEVICE);
        slots = base + layout.staged().offset();
        landing = base + layout.landing();
        bytes = layout.staged().bytes();
        layout.offsets().forEach((slot, offset) -> {
            long own = offset - layout.staged().offset();
            if (own >= 0 && own < bytes) {
                offsets.put(slot, own);
            }
        });
        places = new Places(accelerator, bytes);
        free = accelerator.event();
        free();
    }

    /** Sends a micro-batch on its way, if it is not. What was sent before and has not {@link #arrive arrived} is lost. */
    void send(HostBatch batch) {
        if (staged == batch) {
            return;
        }
        staged = null;
        MemorySegment pinned = places.next();
        offsets.forEach((slot, offset) ->
                batch.write(slot, PROGRAM, pinned.asSlice(offset, slot.type().bytes())));
        toDevice.await(free);
        programs.enqueue(
                QueueRole.TO_DEVICE,
                new Copy("micro-batch to the device", bytes),
                () -> accelerator.copyToDevice(toDevice, pinned, landing));
        toDevice.record(places.event());
        staged = batch;
    }

    /** Brings a micro-batch to its slots: work behind this on the compute queue finds it there. */
    void arrive(HostBatch batch) {
        send(batch);
        programs.enqueue(QueueRole.COMPUTE, new Wait("micro-batch", ALL), () -> compute.await(places.event()));
        programs.enqueue(
                QueueRole.COMPUTE,
                new Copy("micro-batch to its slots", bytes),
                () -> accelerator.copy(compute, landing, slots, bytes));
        free();
        staged = null;
    }

    /** The place may be copied to behind all that the compute queue has to do now; what is there is lost. */
    void free() {
        staged = null;
        if (poison) {
            accelerator.fill(compute, landing, bytes, (byte) 0xFF);
        }
        compute.record(free);
    }

    /** Gives its memory back; no copy may be under way. */
    @Override
    public void close() {
        free.close();
        places.close();
    }
}
