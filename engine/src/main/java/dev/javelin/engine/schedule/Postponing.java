package dev.javelin.engine.schedule;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Site.Phase;
import dev.javelin.engine.program.Storage;
import dev.javelin.spi.collective.Collective;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Moves what a unit's fragment does with the result of a collective behind the next unit's collective, so that the
 * backward pass between the two does not wait for it: a cast back from 16 bits, for example, or the second half of a
 * low-rank compression. Nothing else moves, and nothing moves past what reads or writes the same memory. A pure function
 * of the program: all ranks issue their collectives in one order.
 */
final class Postponing {
    private final Storage storage;
    private final List<Instruction> order = new ArrayList<>();
    private final Set<Object> reads = new HashSet<>();
    private final Set<Object> writes = new HashSet<>();
    private final Map<Object, Integer> flights = new HashMap<>();
    private List<Instruction> held = new ArrayList<>();
    private int collectives;

    private Postponing(Program program) {
        storage = new Storage(program);
        program.instructions().forEach(this::add);
        order.addAll(held);
    }

    static Program postpone(Program program) {
        return new Program(program.name(), program.inputs(), new Postponing(program).order, program.outputs());
    }

    private void add(Instruction instruction) {
        if (conflicts(instruction)) {
            if (ofUnit(instruction) || instruction.view().isPresent()) {
                hold(instruction);
                return;
            }
            order.addAll(held);
            forget();
        } else if (awaits(instruction)) {
            hold(instruction);
            return;
        }
        order.add(instruction);
        if (collective(instruction)) {
            collectives++;
            depart(instruction);
            release();
        }
    }

    /** Issues what waits for collectives before the last one; of what follows, what that lets go. */
    private void release() {
        List<Instruction> waiting = held;
        forget();
        for (Instruction instruction : waiting) {
            if (conflicts(instruction) || awaits(instruction)) {
                hold(instruction);
            } else {
                order.add(instruction);
                if (collective(instruction)) {
                    depart(instruction);
                }
            }
        }
    }

    private void forget() {
        held = new ArrayList<>();
        reads.clear();
        writes.clear();
    }

    private void hold(Instruction instruction) {
        held.add(instruction);
        if (instruction.view().isEmpty()) {
            instruction.inputs().forEach(input -> reads.add(storage.of(input)));
            instruction.outputs().forEach(output -> writes.add(storage.of(output)));
        }
    }

    /** True if it may not be issued before what is held. */
    private boolean conflicts(Instruction instruction) {
        if (instruction.inputs().stream().map(storage::of).anyMatch(writes::contains)) {
            return true;
        }
        return instruction.view().isEmpty()
                && instruction.outputs().stream()
                        .map(storage::of)
                        .anyMatch(output -> writes.contains(output) || reads.contains(output));
    }

    /** True if it belongs to a unit and reads the result of the last collective. */
    private boolean awaits(Instruction instruction) {
        return ofUnit(instruction)
                && !(instruction.operation() instanceof Collective)
                && instruction.view().isEmpty()
                && instruction.inputs().stream()
                        .anyMatch(input -> flights.getOrDefault(storage.of(input), -1) == collectives);
    }

    private void depart(Instruction collective) {
        collective.outputs().forEach(output -> flights.put(storage.of(output), collectives));
    }

    private static boolean collective(Instruction instruction) {
        return instruction.operation() instanceof Collective && ofUnit(instruction);
    }

    private static boolean ofUnit(Instruction instruction) {
        return instruction.site().phase() == Phase.REDUCE
                && !instruction.site().layer().isEmpty();
    }
}
