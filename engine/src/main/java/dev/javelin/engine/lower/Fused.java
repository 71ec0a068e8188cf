package dev.javelin.engine.lower;

import dev.javelin.api.JavelinException;
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
    private final List<List<Instruction>> written = new ArrayList<>();

    Fused(Program program, DevicePlanner planner) {
        this.planner = planner;
        program.outputs().forEach(output -> outputs.add(output.value()));
        program.instructions()
                .forEach(instruction -> instruction.inputs().forEach(input -> readers.merge(input, 1, Integer::sum)));
    }

    List<Instruction> instructions() {
        return written.stream().flatMap(List::stream).toList();
    }

    /** The planner of the accelerator that the program is for. */
    DevicePlanner planner() {
        return planner;
    }

    /** True if the accelerator has a kernel for an instruction, of its own types or between conversions. */
    boolean planned(Instruction instruction) {
        return Widening.planned(planner, instruction.operation(), instruction.inputTypes(), instruction.outputTypes());
    }

    /** True if its own kernel takes an instruction as it is, and its rule the types. */
    boolean taken(Instruction instruction) {
        try {
            return instruction.operation().infer(instruction.inputTypes()).equals(instruction.outputTypes())
                    && planner.plan(instruction.operation(), instruction.inputTypes(), instruction.outputTypes())
                            .isPresent();
        } catch (JavelinException misfit) {
            return false;
        }
    }

    /**
     * True if what computes some values may be computed after all that is written: nobody in between has read the last
     * of them, and nothing was overwritten since the first was computed.
     */
    boolean waits(List<Value> values) {
        boolean overwritten = written.subList(index(values.getFirst()), written.size()).stream()
                .flatMap(List::stream)
                .anyMatch(Fused::overwrites);
        return !overwritten && !readSince(values.getLast(), List.of(values.getLast()));
    }

    private static boolean overwrites(Instruction instruction) {
        for (int output = 0; output < instruction.outputs().size(); output++) {
            if (instruction.operation().overwrites(output).isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** Writes an instruction after all others. */
    void append(Instruction instruction) {
        instruction.outputs().forEach(output -> producers.put(output, written.size()));
        written.add(new ArrayList<>(List.of(instruction)));
    }

    /** Writes instructions where the one stood that computed a value. */
    void replace(Value value, Instruction... instructions) {
        int place = index(value);
        List<Instruction> there = written.get(place);
        int at = at(there, value);
        there.remove(at);
        there.addAll(at, List.of(instructions));
        for (Instruction instruction : instructions) {
            instruction.outputs().forEach(output -> producers.put(output, place));
        }
    }

    /** Takes out the instruction that computed a value, unless that was done before. */
    void remove(Value value) {
        if (producer(value).isPresent()) {
            replace(value);
        }
    }

    /** The instruction that computes a value; none if it is an input, not written yet, or taken out. */
    Optional<Instruction> producer(Value value) {
        int place = index(value);
        if (place < 0) {
            return Optional.empty();
        }
        int at = at(written.get(place), value);
        return at < 0 ? Optional.empty() : Optional.of(written.get(place).get(at));
    }

    /** Where the instruction that computes a value stands among those of its place; −1 if it was taken out. */
    private static int at(List<Instruction> place, Value value) {
        for (int i = 0; i < place.size(); i++) {
            if (place.get(i).outputs().contains(value)) {
                return i;
            }
        }
        return -1;
    }

    /** The instruction that computes a value which only one instruction reads, and no output. */
    Optional<Instruction> only(Value value) {
        return readBy(value, 1) ? producer(value) : Optional.empty();
    }

    /** True if instructions of the whole program read a value so many times, and it is no output. */
    boolean readBy(Value value, int times) {
        return readers.getOrDefault(value, 0) == times && !outputs.contains(value);
    }

    /** True if an instruction that was written after the one that computes a value reads one of these. */
    boolean readSince(Value value, List<Value> wanted) {
        return written.subList(index(value) + 1, written.size()).stream()
                .flatMap(List::stream)
                .anyMatch(later -> later.inputs().stream().anyMatch(wanted::contains));
    }

    /** The place where a value is computed: a lower number comes first; −1 for an input of the program. */
    int index(Value value) {
        return producers.getOrDefault(value, -1);
    }
}
