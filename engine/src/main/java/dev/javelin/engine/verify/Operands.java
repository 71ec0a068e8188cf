package dev.javelin.engine.verify;

import dev.javelin.api.operation.Pack;
import dev.javelin.engine.place.Placement;
import dev.javelin.engine.place.Placement.Location;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Value;
import dev.javelin.spi.device.KernelPlan;
import java.util.List;
import java.util.Optional;

/** Which of one instruction's own operands may share memory. */
final class Operands {
    private final Placement placement;
    private final Instruction instruction;

    Operands(Placement placement, Instruction instruction) {
        this.placement = placement;
        this.instruction = instruction;
    }

    /** An input that an output or the workspace would spoil while the kernel still reads it. */
    Optional<Value> spoiled(Optional<Location> workspace) {
        for (int i = 0; i < instruction.inputs().size(); i++) {
            Value input = instruction.inputs().get(i);
            if (workspace.isPresent() && overlap(workspace.get(), location(input))) {
                return Optional.of(input);
            }
            for (int o = 0; o < instruction.outputs().size(); o++) {
                if (overlap(location(instruction.outputs().get(o)), location(input)) && !mayShare(o, i)) {
                    return Optional.of(input);
                }
            }
        }
        return Optional.empty();
    }

    private boolean mayShare(int output, int input) {
        if (instruction.operation() instanceof Pack) {
            return inPlace(location(instruction.inputs().get(input)));
        }
        var over = instruction.operation().overwrites(output);
        if (over.isPresent()) {
            return over.getAsInt() == input;
        }
        Location from = location(instruction.inputs().get(input));
        Location to = location(instruction.outputs().get(output));
        return from.offset() == to.offset()
                && from.bytes() == to.bytes()
                && placement.plan(instruction).mayAlias().contains(new KernelPlan.Alias(output, input));
    }

    /** True if these bytes lie in parts of a packed buffer that are there already and are not written. */
    private boolean inPlace(Location bytes) {
        Location output = location(instruction.outputs().getFirst());
        long at = output.offset();
        for (Value part : instruction.inputs()) {
            Location location = location(part);
            boolean there = location.slot().equals(output.slot()) && location.offset() == at;
            if (there && at <= bytes.offset() && bytes.offset() + bytes.bytes() <= at + location.bytes()) {
                return true;
            }
            at += location.bytes();
        }
        return false;
    }

    private Location location(Value value) {
        return placement.location(value);
    }

    private static boolean overlap(Location a, Location b) {
        return a.slot().equals(b.slot()) && a.offset() < b.offset() + b.bytes() && b.offset() < a.offset() + a.bytes();
    }

    /** Everything that the instruction touches. */
    List<Location> locations() {
        return java.util.stream.Stream.concat(instruction.inputs().stream(), instruction.outputs().stream())
                .map(placement::location)
                .toList();
    }
}
