package dev.javelin.engine.run;

import dev.javelin.api.operation.Print;
import dev.javelin.engine.SlotLayout;
import dev.javelin.engine.place.Placement;
import dev.javelin.engine.place.Placement.Location;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.collective.Collective;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A placed program with prepared kernels, events and final addresses: launching it is a walk over a list. Where no other
 * queue has work in it, enqueuing it makes no object.
 */
final class LaunchList implements AutoCloseable {
    private static final int ALL = -1;

    private final Accelerator accelerator;
    private final String name;
    private final @Nullable Collectives collectives;
    private final List<Launch> launches = new ArrayList<>();
    /** What lies behind an issue that another queue waits for, by its place. */
    private final @Nullable DeviceEvent[] events;
    /** Behind all of a queue that has work here, but for the compute queue. */
    private final Map<QueueRole, DeviceEvent> ends = new EnumMap<>(QueueRole.class);

    /**
     * One issue, ready to go.
     *
     * @param kernel null for a print
     */
    record Launch(
            int issue,
            Instruction instruction,
            @Nullable Kernel kernel,
            QueueRole queue,
            long[] inputs,
            long[] outputs,
            long workspace,
            List<Integer> waits) {
        /** True if it takes the other ranks. */
        boolean collective() {
            return instruction.operation() instanceof Collective;
        }

        @Override
        public String toString() {
            String place = instruction.site().toString();
            return "instruction " + issue + ", " + instruction.operation().name() + " in " + place;
        }
    }

    /**
     * @param collectives of this rank; null for one rank
     */
    LaunchList(
            Placement placement,
            SlotLayout slots,
            Accelerator accelerator,
            long resident,
            long temporaries,
            @Nullable Collectives collectives) {
        this.accelerator = accelerator;
        this.collectives = collectives;
        this.name = placement.schedule().program().name();
        List<Schedule.Issue> issues = placement.schedule().issues();
        int program = collectives == null
                ? 0
                : collectives.program(
                        name, issues.stream().map(Schedule.Issue::instruction).toList());
        Set<Integer> awaited = new HashSet<>();
        issues.forEach(issue -> awaited.addAll(issue.waits()));
        events = new DeviceEvent[issues.size()];
        for (int i = 0; i < issues.size(); i++) {
            Instruction instruction = issues.get(i).instruction();
            if (instruction.view().isPresent()) {
                continue;
            }
            if (awaited.contains(i)) {
                events[i] = accelerator.event();
            }
            if (issues.get(i).queue() != QueueRole.COMPUTE) {
                ends.computeIfAbsent(issues.get(i).queue(), role -> accelerator.event());
            }
            launches.add(new Launch(
                    i,
                    instruction,
                    kernel(instruction, program, i),
                    issues.get(i).queue(),
                    addresses(instruction.inputs(), placement, slots, resident, temporaries),
                    addresses(instruction.outputs(), placement, slots, resident, temporaries),
                    placement.workspace(i).map(w -> temporaries + w.offset()).orElse(0L),
                    issues.get(i).waits()));
        }
    }

    private @Nullable Kernel kernel(Instruction instruction, int program, int issue) {
        if (instruction.operation().effect()) {
            return null;
        }
        if (instruction.operation() instanceof Collective) {
            return Objects.requireNonNull(collectives, "a collective of one rank")
                    .prepare(instruction, program, issue);
        }
        return accelerator.prepare(instruction.operation(), instruction.inputTypes(), instruction.outputTypes());
    }

    private static long[] addresses(
            List<Value> values, Placement placement, SlotLayout slots, long resident, long temporaries) {
        return values.stream()
                .map(placement::location)
                .mapToLong(at -> address(at, slots, resident, temporaries))
                .toArray();
    }

    private static long address(Location at, SlotLayout slots, long resident, long temporaries) {
        long base = at.slot().map(slot -> resident + slots.offset(slot)).orElse(temporaries);
        return base + at.offset();
    }

    List<Launch> launches() {
        return launches;
    }

    /**
     * Enqueues the whole program.
     *
     * @param prints called for each print instruction with its address, after the work before it is done
     * @param after called after each launch, when its work is done and before the next one; null for none
     * @param recording notes when queues begin and end what; null for none
     */
    void run(
            BiConsumer<Print, Launch> prints,
            java.util.function.@Nullable Consumer<Launch> after,
            @Nullable Recording recording) {
        for (Launch launch : launches) {
            if (collectives != null) {
                collectives.pulse().at(launch);
            }
            DeviceQueue queue = accelerator.queue(launch.queue());
            for (int wait : launch.waits()) {
                await(queue, Objects.requireNonNull(events[wait]), launch.queue(), wait, recording);
            }
            if (recording == null) {
                start(launch, queue, prints);
            } else {
                Recording.Work work = new Recording.Work(name, launch.issue(), launch.instruction());
                recording.enqueue(queue, launch.queue(), work, () -> start(launch, queue, prints));
            }
            DeviceEvent event = events[launch.issue()];
            if (event != null) {
                queue.record(event);
            }
            if (after != null) {
                queue.synchronize();
                after.accept(launch);
            }
        }
        join(recording);
    }

    private void start(Launch launch, DeviceQueue queue, BiConsumer<Print, Launch> prints) {
        Kernel kernel = launch.kernel();
        if (kernel == null) {
            queue.synchronize();
            prints.accept((Print) launch.instruction().operation(), launch);
        } else if (launch.collective() && launch.queue() == QueueRole.COMPUTE) {
            long start = System.nanoTime();
            kernel.launch(queue, launch.inputs(), launch.outputs(), launch.workspace());
            expose(start);
        } else {
            kernel.launch(queue, launch.inputs(), launch.outputs(), launch.workspace());
        }
    }

    /** Lets what follows on the compute queue wait for the other queues: the next program reuses their memory. */
    private void join(@Nullable Recording recording) {
        for (Map.Entry<QueueRole, DeviceEvent> end : ends.entrySet()) {
            DeviceQueue compute = accelerator.queue(QueueRole.COMPUTE);
            accelerator.queue(end.getKey()).record(end.getValue());
            await(compute, end.getValue(), QueueRole.COMPUTE, ALL, recording);
        }
    }

    private void await(DeviceQueue queue, DeviceEvent event, QueueRole role, int issue, @Nullable Recording recording) {
        if (recording == null) {
            await(queue, event, role);
        } else {
            recording.enqueue(queue, role, new Recording.Wait(name, issue), () -> await(queue, event, role));
        }
    }

    /** Where the compute queue is the host's own thread, the time spent here is what collectives do not hide. */
    private void await(DeviceQueue queue, DeviceEvent event, QueueRole role) {
        long start = System.nanoTime();
        queue.await(event);
        if (role == QueueRole.COMPUTE) {
            expose(start);
        }
    }

    private void expose(long startNanos) {
        if (collectives != null) {
            collectives.traffic().expose(System.nanoTime() - startNanos);
        }
    }

    /** Gives its events back. */
    @Override
    public void close() {
        for (DeviceEvent event : events) {
            if (event != null) {
                event.close();
            }
        }
        ends.values().forEach(DeviceEvent::close);
    }
}
