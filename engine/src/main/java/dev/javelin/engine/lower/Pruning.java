package dev.javelin.engine.lower;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Drops instructions whose results nobody reads, and inputs that no instruction reads. */
public final class Pruning {
    private Pruning() {}

    /** Kept are: outputs, effects, updates in place of slots, and all that they need. */
    public static Program prune(Program program) {
        Set<Value> live = new HashSet<>();
        program.outputs().forEach(output -> live.add(output.value()));
        Set<Value> slots = slotMemory(program);
        List<Instruction> kept = new ArrayList<>();
        for (Instruction instruction : program.instructions().reversed()) {
            if (needed(instruction, live, slots)) {
                kept.add(instruction);
                live.addAll(instruction.inputs());
            }
        }
        List<Program.Input> inputs = program.inputs().stream()
                .filter(input -> live.contains(input.value()))
                .toList();
        return new Program(program.name(), inputs, kept.reversed(), program.outputs());
    }

    private static boolean needed(Instruction instruction, Set<Value> live, Set<Value> slots) {
        return instruction.operation().effect()
                || instruction.outputs().stream().anyMatch(live::contains)
                || overwritten(instruction).stream().anyMatch(slots::contains);
    }

    /** The inputs that an instruction updates in place. */
    static List<Value> overwritten(Instruction instruction) {
        List<Value> result = new ArrayList<>();
        for (int i = 0; i < instruction.outputs().size(); i++) {
            instruction
                    .operation()
                    .overwrites(i)
                    .ifPresent(input -> result.add(instruction.inputs().get(input)));
        }
        return result;
    }

    /** Values that lie in a slot's memory: inputs, their views and what overwrites them. */
    private static Set<Value> slotMemory(Program program) {
        Set<Value> slots = new HashSet<>();
        program.inputs().forEach(input -> slots.add(input.value()));
        for (Instruction instruction : program.instructions()) {
            if (instruction.view().isPresent()
                    && slots.contains(instruction.inputs().getFirst())) {
                slots.add(instruction.outputs().getFirst());
            }
            for (int i = 0; i < instruction.outputs().size(); i++) {
                Value output = instruction.outputs().get(i);
                instruction.operation().overwrites(i).ifPresent(input -> {
                    if (slots.contains(instruction.inputs().get(input))) {
                        slots.add(output);
                    }
                });
            }
        }
        return slots;
    }
}
