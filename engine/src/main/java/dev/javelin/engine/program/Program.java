package dev.javelin.engine.program;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * A straight line of instructions in SSA form.
 *
 * @param name for reports, for example {@code train.only}
 * @param inputs values that are there before the first instruction: the contents of slots
 * @param outputs values that must lie in a slot's memory when the program ends
 */
public record Program(String name, List<Input> inputs, List<Instruction> instructions, List<Output> outputs) {

    /** A slot's contents at the start. */
    public record Input(Value value, Slot slot) {}

    /** A value that is computed into a slot's memory. */
    public record Output(Value value, Slot slot) {}

    public Program {
        inputs = List.copyOf(inputs);
        instructions = List.copyOf(instructions);
        outputs = List.copyOf(outputs);
    }

    public Program withName(String other) {
        return new Program(other, inputs, instructions, outputs);
    }

    /** The input that reads this slot, if any. */
    public Optional<Value> input(Slot.Kind kind, String name) {
        return inputs.stream()
                .filter(input ->
                        input.slot().kind() == kind && input.slot().name().equals(name))
                .map(Input::value)
                .findFirst();
    }

    /** All slots that it reads or writes, inputs first. */
    public SequencedSet<Slot> slots() {
        SequencedSet<Slot> slots = new LinkedHashSet<>();
        inputs.forEach(input -> slots.add(input.slot()));
        outputs.forEach(output -> slots.add(output.slot()));
        return slots;
    }

    /** One more than the largest value number. */
    public int valueCount() {
        int count = inputs.stream().mapToInt(i -> i.value().number() + 1).max().orElse(0);
        for (Instruction instruction : instructions) {
            for (Value output : instruction.outputs()) {
                count = Math.max(count, output.number() + 1);
            }
        }
        return count;
    }
}
