package dev.javelin.engine.schedule;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A program in its issue order. Instructions of one queue run in that order; an instruction also waits for those that
 * it names. Views take part in no queue: they cost nothing.
 */
public final class Schedule {
    private final Program program;
    private final List<Issue> issues;
    private final int[][] clocks;

    /**
     * One instruction in the issue order.
     *
     * @param queue where it runs
     * @param waits issue indices, all earlier, that must be done before it starts; views neither wait nor are awaited
     */
    public record Issue(Instruction instruction, QueueRole queue, List<Integer> waits) {
        public Issue {
            waits = List.copyOf(waits);
            if (!waits.isEmpty() && instruction.view().isPresent()) {
                throw new IllegalArgumentException("the view " + instruction + " waits for " + waits);
            }
        }
    }

    public Schedule(Program program, List<Issue> issues) {
        this.program = program;
        this.issues = List.copyOf(issues);
        this.clocks = clocks(this.issues);
    }

    /** Everything on the compute queue, in program order: complete for one rank without transfers. */
    public static Schedule inOrder(Program program) {
        List<Issue> issues = new ArrayList<>();
        for (Instruction instruction : program.instructions()) {
            issues.add(new Issue(instruction, QueueRole.COMPUTE, List.of()));
        }
        return new Schedule(program, issues);
    }

    /**
     * Collectives on the communication queue if it runs beside the compute queue, all else there; in program order, but
     * that what a unit's fragment does with the result of a collective comes behind the next unit's collective.
     *
     * @param concurrent whether a queue of a role runs beside the compute queue
     */
    public static Schedule of(Program program, Predicate<QueueRole> concurrent) {
        boolean beside = concurrent.test(QueueRole.COMMUNICATION);
        Program ordered = beside ? Postponing.postpone(program) : program;
        return new Schedule(ordered, new Dealing(ordered, concurrent).deal());
    }

    public Program program() {
        return program;
    }

    public List<Issue> issues() {
        return issues;
    }

    /** True if issue {@code first} is done before issue {@code second} starts, whatever the queues' speeds. */
    public boolean happensBefore(int first, int second) {
        int queue = issues.get(first).queue().ordinal();
        return first != second && clocks[second][queue] >= clocks[first][queue] && first < second;
    }

    /** Vector clocks: per issue and queue, how many issues of that queue are done when it is done. */
    private static int[][] clocks(List<Issue> issues) {
        int queues = QueueRole.values().length;
        int[][] clocks = new int[issues.size()][queues];
        int[] last = new int[queues];
        java.util.Arrays.fill(last, -1);
        for (int i = 0; i < issues.size(); i++) {
            int own = issues.get(i).queue().ordinal();
            if (last[own] >= 0) {
                join(clocks[i], clocks[last[own]]);
            }
            for (int wait : issues.get(i).waits()) {
                if (wait >= i) {
                    throw new IllegalArgumentException("issue " + i + " waits for the later issue " + wait);
                }
                if (issues.get(wait).instruction().view().isPresent()) {
                    throw new IllegalArgumentException("issue " + i + " waits for the view " + wait);
                }
                join(clocks[i], clocks[wait]);
            }
            clocks[i][own]++;
            last[own] = i;
        }
        return clocks;
    }

    private static void join(int[] clock, int[] other) {
        for (int q = 0; q < clock.length; q++) {
            clock[q] = Math.max(clock[q], other[q]);
        }
    }
}
