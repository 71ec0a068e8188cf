package dev.javelin.engine.run;

import dev.javelin.api.operation.Print;
import dev.javelin.engine.SlotLayout;
import dev.javelin.engine.place.Placement;
import dev.javelin.engine.place.Placement.Location;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A placed program with prepared kernels and final addresses: launching it is a walk over a list. */
final class LaunchList {
    private final Accelerator accelerator;
    private final List<Launch> launches = new ArrayList<>();
    private final Set<QueueRole> roles = EnumSet.noneOf(QueueRole.class);

    /**
     * One issue, ready to go.
     *
     * @param kernel null for a print
     * @param recorded whether another queue waits for it
     */
    record Launch(
            int issue,
            Instruction instruction,
            @Nullable Kernel kernel,
            QueueRole queue,
            long[] inputs,
            long[] outputs,
            long workspace,
            List<Integer> waits,
            boolean recorded) {}

    LaunchList(Placement placement, SlotLayout slots, Accelerator accelerator, long resident, long temporaries) {
        this.accelerator = accelerator;
        List<Schedule.Issue> issues = placement.schedule().issues();
        Set<Integer> awaited = new HashSet<>();
        issues.forEach(issue -> awaited.addAll(issue.waits()));
        for (int i = 0; i < issues.size(); i++) {
            Instruction instruction = issues.get(i).instruction();
            if (instruction.view().isPresent()) {
                continue;
            }
            roles.add(issues.get(i).queue());
            boolean effect = instruction.operation().effect();
            launches.add(new Launch(
                    i,
                    instruction,
                    effect
                            ? null
                            : accelerator.prepare(
                                    instruction.operation(), instruction.inputTypes(), instruction.outputTypes()),
                    issues.get(i).queue(),
                    addresses(instruction.inputs(), placement, slots, resident, temporaries),
                    addresses(instruction.outputs(), placement, slots, resident, temporaries),
                    placement.workspace(i).map(w -> temporaries + w.offset()).orElse(0L),
                    issues.get(i).waits(),
                    awaited.contains(i)));
        }
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
     * @param after called after each launch, before the next one
     */
    void run(BiConsumer<Print, Launch> prints, java.util.function.Consumer<Launch> after) {
        Map<Integer, DeviceEvent> events = new HashMap<>();
        for (Launch launch : launches) {
            DeviceQueue queue = accelerator.queue(launch.queue());
            for (int wait : launch.waits()) {
                queue.await(java.util.Objects.requireNonNull(events.get(wait)));
            }
            if (launch.kernel() != null) {
                launch.kernel().launch(queue, launch.inputs(), launch.outputs(), launch.workspace());
            } else {
                queue.synchronize();
                prints.accept((Print) launch.instruction().operation(), launch);
            }
            if (launch.recorded()) {
                events.put(launch.issue(), queue.record());
            }
            after.accept(launch);
        }
        join();
    }

    /** Lets what follows on the compute queue wait for the other queues: the next program reuses their memory. */
    private void join() {
        for (QueueRole role : roles) {
            if (role != QueueRole.COMPUTE) {
                accelerator
                        .queue(QueueRole.COMPUTE)
                        .await(accelerator.queue(role).record());
            }
        }
    }
}
