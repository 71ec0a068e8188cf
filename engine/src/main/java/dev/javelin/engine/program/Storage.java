package dev.javelin.engine.program;

import java.util.HashMap;
import java.util.Map;

/**
 * Which values are one memory by definition: a view and what it shows, an update in place and what it updates, a slot
 * and what is read from it or computed into it.
 */
public final class Storage {
    private final Map<Value, Value> parents = new HashMap<>();
    private final Map<Value, Slot> slots = new HashMap<>();

    public Storage(Program program) {
        program.inputs().forEach(input -> slots.put(input.value(), input.slot()));
        for (Instruction instruction : program.instructions()) {
            if (instruction.view().isPresent()) {
                parents.put(
                        instruction.outputs().getFirst(), instruction.inputs().getFirst());
            }
            for (int i = 0; i < instruction.outputs().size(); i++) {
                Value output = instruction.outputs().get(i);
                instruction
                        .operation()
                        .overwrites(i)
                        .ifPresent(input ->
                                parents.put(output, instruction.inputs().get(input)));
            }
        }
        program.outputs().forEach(output -> slots.put(origin(output.value()), output.slot()));
    }

    /** The value that a view shows or an update in place began with; the value itself if it is neither. */
    public Value origin(Value value) {
        Value at = value;
        for (Value next = parents.get(at); next != null; next = parents.get(at)) {
            at = next;
        }
        return at;
    }

    /** The memory that a value lies in: equal objects are one memory. */
    public Object of(Value value) {
        Value origin = origin(value);
        Slot slot = slots.get(origin);
        return slot != null ? slot : origin;
    }
}
