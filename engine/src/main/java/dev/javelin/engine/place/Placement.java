package dev.javelin.engine.place;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.collective.Collective;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Where everything lies: each value at an offset of the temporaries or of a slot, each workspace at an offset of the
 * temporaries.
 */
public final class Placement {
    private final Schedule schedule;
    private final Map<Value, Location> locations = new HashMap<>();
    private final Map<Integer, Location> workspaces = new HashMap<>();
    private final Map<Instruction, KernelPlan> plans = new HashMap<>();
    private final long bytes;
    private final long liveBytes;

    /**
     * A range of memory.
     *
     * @param slot the slot it lies in; empty for the temporaries
     * @param offset in bytes from the slot's or the temporaries' start
     * @param buffer the number of the buffer that it belongs to
     */
    public record Location(Optional<Slot> slot, long offset, long bytes, int buffer) {}

    private Placement(Schedule schedule, DevicePlanner planner) {
        this.schedule = schedule;
        for (Schedule.Issue issue : schedule.issues()) {
            Instruction instruction = issue.instruction();
            if (instruction.view().isEmpty() && !instruction.operation().effect()) {
                plans.put(instruction, plan(instruction, planner));
            }
        }
        Buffers buffers = new Buffers(schedule, this::plan);
        Map<Integer, int[]> lifetimes = buffers.lifetimes();
        List<Packing.Block> blocks = new ArrayList<>();
        List<Integer> owners = new ArrayList<>();
        lifetimes.forEach((buffer, life) -> {
            blocks.add(new Packing.Block(align(buffers.bytes(buffer), planner), life[0], life[1]));
            owners.add(buffer);
        });
        for (int i = 0; i < schedule.issues().size(); i++) {
            KernelPlan plan = plans.get(schedule.issues().get(i).instruction());
            if (plan != null && plan.workspaceBytes() > 0) {
                blocks.add(new Packing.Block(align(plan.workspaceBytes(), planner), i, buffers.endOfIssue(i)));
                owners.add(-1 - i);
            }
        }
        Packing.Result packing = Packing.pack(blocks);
        bytes = packing.bytes();
        liveBytes = packing.bound();
        locate(buffers, owners, packing.offsets());
    }

    private Placement(Placement other, Schedule schedule, long bytes) {
        this.schedule = schedule;
        this.bytes = bytes;
        liveBytes = other.liveBytes;
        locations.putAll(other.locations);
        workspaces.putAll(other.workspaces);
        plans.putAll(other.plans);
    }

    private static KernelPlan plan(Instruction instruction, DevicePlanner planner) {
        if (instruction.operation() instanceof Collective) {
            return KernelPlan.of(0, 0);
        }
        return planner.plan(instruction.operation(), instruction.inputTypes(), instruction.outputTypes())
                .orElseThrow(() -> new IllegalStateException("no kernel plan for " + instruction));
    }

    /** Places a scheduled program whose every instruction the device has a kernel for. */
    public static Placement of(Schedule schedule, DevicePlanner planner) {
        return new Placement(schedule, planner);
    }

    /** The same places under another schedule of the same program. */
    Placement withSchedule(Schedule other) {
        return new Placement(this, other, bytes);
    }

    /** The same but for the size of the temporaries. */
    Placement withBytes(long size) {
        return new Placement(this, schedule, size);
    }

    /** The same but for one value. */
    Placement withLocation(Value value, Location location) {
        Placement copy = new Placement(this, schedule, bytes);
        copy.locations.put(value, location);
        return copy;
    }

    /** The same but for the workspace of one issue. */
    Placement withWorkspace(int issue, Location location) {
        Placement copy = new Placement(this, schedule, bytes);
        copy.workspaces.put(issue, location);
        return copy;
    }

    private static long align(long bytes, DevicePlanner planner) {
        long alignment = planner.alignmentBytes();
        return Math.ceilDiv(bytes, alignment) * alignment;
    }

    private void locate(Buffers buffers, List<Integer> owners, long[] offsets) {
        Map<Integer, Long> starts = new HashMap<>();
        for (int i = 0; i < owners.size(); i++) {
            int owner = owners.get(i);
            if (owner >= 0) {
                starts.put(owner, offsets[i]);
            } else {
                int issue = -1 - owner;
                KernelPlan plan = plan(schedule.issues().get(issue).instruction());
                workspaces.put(issue, new Location(Optional.empty(), offsets[i], plan.workspaceBytes(), owner));
            }
        }
        schedule.program().inputs().forEach(input -> locate(input.value(), buffers, starts));
        for (Schedule.Issue issue : schedule.issues()) {
            issue.instruction().outputs().forEach(output -> locate(output, buffers, starts));
        }
    }

    private void locate(Value value, Buffers buffers, Map<Integer, Long> starts) {
        int buffer = buffers.buffer(value);
        Optional<Slot> slot = buffers.slot(buffer);
        long start = slot.isPresent() ? 0 : Objects.requireNonNull(starts.get(buffer));
        locations.put(
                value,
                new Location(slot, start + buffers.offset(value), value.type().bytes(), buffer));
    }

    public Schedule schedule() {
        return schedule;
    }

    /** Size of the temporaries. */
    public long bytes() {
        return bytes;
    }

    /** The largest sum of bytes of temporaries that are alive at one time: no placement can need less. */
    public long liveBytes() {
        return liveBytes;
    }

    public Location location(Value value) {
        return Objects.requireNonNull(locations.get(value));
    }

    /** The workspace of an issue, if its kernel needs one. */
    public Optional<Location> workspace(int issue) {
        return Optional.ofNullable(workspaces.get(issue));
    }

    /** The kernel plan of an instruction that runs on the device. */
    public KernelPlan plan(Instruction instruction) {
        return Objects.requireNonNull(plans.get(instruction));
    }
}
