package dev.javelin.engine.run;

import dev.javelin.api.DType;
import dev.javelin.api.trainer.Communication;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.SlotLayout;
import dev.javelin.engine.lower.Metrics;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.HostMemory;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What programs report: losses, norms, logged scalars, votes. All of it comes to the host in one copy and with one wait,
 * beside the compute queue where copies run there.
 */
final class Results implements AutoCloseable {
    private final Compilation compilation;
    private final Accelerator accelerator;
    private final long base;
    private final SlotLayout.Range range;
    private final QueueRole role;
    private final DeviceQueue queue;
    private final HostMemory memory;
    private final DeviceEvent computed;
    private final DeviceEvent copied;
    private final Programs programs;
    private final @Nullable Traffic traffic;
    private int fetches;
    private volatile Arrival last = new Arrival(0, 0);

    /** When what was fetched for the n-th time was there. */
    private record Arrival(int fetch, long nanos) {}

    /**
     * @param base address of the resident memory
     * @param programs note what is copied while there is a recording
     * @param traffic of this rank; null for one rank
     */
    Results(Compilation compilation, Accelerator accelerator, long base, Programs programs, @Nullable Traffic traffic) {
        this.programs = programs;
        this.compilation = compilation;
        this.accelerator = accelerator;
        this.base = base;
        this.traffic = traffic;
        range = compilation.slots().results();
        role = compilation.planner().concurrent(QueueRole.TO_HOST) ? QueueRole.TO_HOST : QueueRole.COMPUTE;
        queue = accelerator.queue(role);
        memory = accelerator.hostMemory(range.bytes(), "results");
        computed = accelerator.event();
        copied = accelerator.event();
    }

    /** Enqueues the copy behind all that is on the compute queue now. */
    void fetch() {
        accelerator.queue(QueueRole.COMPUTE).record(computed);
        queue.await(computed);
        if (role == QueueRole.COMPUTE) {
            send(); // by the host, at the step's end: reading results
            queue.record(copied);
        } else {
            programs.enqueue(role, new Recording.Copy("results to the host", range.bytes()), this::send);
            queue.record(copied);
            int number = ++fetches;
            queue.run(() -> last = new Arrival(number, System.nanoTime())); // nobody waits for it
        }
    }

    /** When what was fetched last was here; empty if it is not, or where copies are done by the caller. */
    OptionalLong arrivedNanos() {
        Arrival arrival = last;
        return arrival.fetch == fetches && fetches > 0 ? OptionalLong.of(arrival.nanos) : OptionalLong.empty();
    }

    private void send() {
        accelerator.copyToHost(queue, base + range.offset(), memory.segment());
    }

    /** Waits until the programs are done and what they reported is here. */
    void await() {
        copied.synchronize();
    }

    /** What was fetched of a slot; valid until the next {@link #fetch}. */
    double[] values(Slot slot) {
        long offset = compilation.slots().offset(slot) - range.offset();
        MemorySegment own = memory.segment().asSlice(offset, slot.type().bytes());
        double[] values = new double[(int) slot.type().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Numbers.get(own, slot.type().dtype(), i);
        }
        return values;
    }

    private double scalar(Slot slot) {
        return values(slot)[0];
    }

    /**
     * What was fetched behind a program.
     *
     * @param training false for a validation
     */
    StepResult of(String program, boolean training, int microBatches) {
        DType dtype = compilation.options().scalarType();
        Map<String, Double> logged = new HashMap<>();
        for (Slot slot : compilation.program(program).schedule().program().slots()) {
            if (slot.kind() == Slot.Kind.METRIC && slot.name().startsWith(Metrics.LOG)) {
                int parts = traffic == null ? microBatches : 1; // ranks divide by weight, in the program
                logged.put(slot.name().substring(Metrics.LOG.length()), scalar(slot) / parts);
            }
        }
        double loss = scalar(Metrics.loss(dtype));
        double weight = scalar(Metrics.weight(dtype));
        double norm = training ? scalar(Metrics.gradientNorm(dtype)) : Double.NaN;
        boolean finite = training ? scalar(Metrics.finite()) != 0 : Double.isFinite(loss);
        Communication communication = traffic == null ? Communication.none() : traffic.take();
        return new StepResult(loss, weight, norm, finite, logged, communication);
    }

    /** Gives its memory back; no copy may be under way. */
    @Override
    public void close() {
        computed.close();
        copied.close();
        memory.close();
    }
}
