package dev.javelin.engine.lower;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Value;
import dev.javelin.spi.device.DevicePlanner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What {@link Fusion} has written of a program so far, and who reads and who computes each value. */
final class Fused {
    private final DevicePlanner planner;
    private final Map<Value, Integer> readers = new HashMap<>();
    private final Set<Value> outputs = new HashSet<>();
    private final Map<Value, Integer> producers = new HashMap<>();
    private final List<Optional<Instruction>> written = new ArrayList<>();

    Fused(Program program, DevicePlanner planner) {
        this.planner = planner;
        program.outputs().forEach(output -> outputs.add(output.value()));
        program.instructions()
                .forEach(instruction -> instruction.inputs().forEach(input -> readers.merge(input, 1, Integer::sum)));
    }

    List<Instruction> instructions() {
        return written.stream().flatMap(Optional::stream).toList();
    }

    /** The planner of the accelerator that the program is for. */
    DevicePlanner planner() {
        return planner;
    }

    /** True if the accelerator has a kernel for an instruction, of its own types or between conversions. */
    boolean planned(Instruction instruction) {
        return Widening.planned(planner, instruction.operation(), instruction.inputTypes(), instruction.outputTypes());
    }

    /** Writes an instruction after all others. */
    void append(Instruction instruction) {
        instruction.outputs().forEach(output -> producers.put(output, written.size()));
        written.add(Optional.of(instruction));
    }

    /** Writes an instruction where the one stood that computed a value. */
    void replace(Value value, Instruction instruction) {
        int at = index(value);
        instruction.outputs().forEach(output -> producers.put(output, at));
        written.set(at, Optional.of(instruction));
    }

    /** Takes out the instruction that computed a value. */
    void remove(Value value) {
        written.set(index(value), Optional.empty());
    }

    /** The instruction that computes a value; none if it is an input, not written yet, or taken out. */
    Optional<Instruction> producer(Value value) {
        int at = index(value);
        return at < 0 ? Optional.empty() : written.get(at);
    }

    /** The instruction that computes a value which only one instruction reads, and no output. */
    Optional<Instruction> only(Value value) {
        return readers.getOrDefault(value, 0) != 1 || outputs.contains(value) ? Optional.empty() : producer(value);
    }

    /** Where a value is computed: a lower number comes first; −1 for an input of the program. */
    int index(Value value) {
        return producers.getOrDefault(value, -1);
    }
}
