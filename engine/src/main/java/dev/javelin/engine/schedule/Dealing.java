package dev.javelin.engine.schedule;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Storage;
import dev.javelin.spi.collective.Collective;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Deals the instructions of a program to queues, in program order: collectives to the communication queue, where it runs
 * beside the others, all else to the compute queue. An instruction waits for the last one of each other queue that wrote
 * what it reads, or that wrote or read the memory that it updates, unless that is done for other reasons.
 */
final class Dealing {
    private final Program program;
    private final Predicate<QueueRole> concurrent;
    private final Storage storage;
    private final List<Schedule.Issue> issues = new ArrayList<>();
    private final List<int[]> clocks = new ArrayList<>();
    private final int[] last = new int[QueueRole.values().length];
    private final Map<Object, Map<QueueRole, Integer>> writers = new HashMap<>();
    private final Map<Object, Map<QueueRole, Integer>> readers = new HashMap<>();

    Dealing(Program program, Predicate<QueueRole> concurrent) {
        this.program = program;
        this.concurrent = concurrent;
        storage = new Storage(program);
        java.util.Arrays.fill(last, -1);
    }

    List<Schedule.Issue> deal() {
        program.instructions().forEach(this::issue);
        return issues;
    }

    private void issue(Instruction instruction) {
        boolean view = instruction.view().isPresent();
        QueueRole queue = queue(instruction);
        TreeSet<Integer> waits = new TreeSet<>();
        if (!view) {
            instruction.inputs().forEach(input -> collect(writers, storage.of(input), queue, waits));
            instruction.outputs().forEach(output -> {
                collect(writers, storage.of(output), queue, waits);
                collect(readers, storage.of(output), queue, waits);
            });
        }
        int index = issues.size();
        int[] clock = clock(queue, waits);
        issues.add(new Schedule.Issue(instruction, queue, List.copyOf(waits)));
        clocks.add(clock);
        last[queue.ordinal()] = index;
        if (!view) {
            instruction.inputs().forEach(input -> mark(readers, storage.of(input), queue, index));
            instruction.outputs().forEach(output -> mark(writers, storage.of(output), queue, index));
        }
    }

    private QueueRole queue(Instruction instruction) {
        boolean apart = instruction.operation() instanceof Collective && concurrent.test(QueueRole.COMMUNICATION);
        return apart ? QueueRole.COMMUNICATION : QueueRole.COMPUTE;
    }

    private static void collect(
            Map<Object, Map<QueueRole, Integer>> accesses, Object storage, QueueRole own, TreeSet<Integer> waits) {
        accesses.getOrDefault(storage, Map.of()).forEach((queue, index) -> {
            if (queue != own) {
                waits.add(index);
            }
        });
    }

    private static void mark(
            Map<Object, Map<QueueRole, Integer>> accesses, Object storage, QueueRole queue, int index) {
        accesses.computeIfAbsent(storage, s -> new EnumMap<>(QueueRole.class)).put(queue, index);
    }

    /** What is done before the next issue of a queue; drops waits that say nothing new. */
    private int[] clock(QueueRole queue, TreeSet<Integer> waits) {
        int own = queue.ordinal();
        int[] clock = last[own] >= 0 ? clocks.get(last[own]).clone() : new int[QueueRole.values().length];
        for (int wait : List.copyOf(waits.descendingSet())) {
            int other = issues.get(wait).queue().ordinal();
            int[] reached = Objects.requireNonNull(clocks.get(wait));
            if (clock[other] >= reached[other]) {
                waits.remove(wait);
            } else {
                for (int q = 0; q < clock.length; q++) {
                    clock[q] = Math.max(clock[q], reached[q]);
                }
            }
        }
        clock[own]++;
        return clock;
    }
}
