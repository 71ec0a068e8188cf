package dev.javelin.engine.place;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.device.QueueRole;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** The last access to each buffer by each queue, and from when on its memory is free for others. */
final class Accesses {
    private final Schedule schedule;
    private final int[][] last;
    private final Set<QueueRole> writers = EnumSet.noneOf(QueueRole.class);

    /**
     * @param nodes number of buffers; the first ones are the values, by number
     */
    Accesses(Schedule schedule, int nodes) {
        this.schedule = schedule;
        last = new int[nodes][QueueRole.values().length];
        for (int[] queues : last) {
            Arrays.fill(queues, -1);
        }
        for (int i = 0; i < schedule.issues().size(); i++) {
            Schedule.Issue issue = schedule.issues().get(i);
            Instruction instruction = issue.instruction();
            int queue = issue.queue().ordinal();
            int at = i;
            instruction.inputs().forEach(value -> last[value.number()][queue] = at);
            instruction.outputs().forEach(value -> last[value.number()][queue] = at);
            if (writesAnew(instruction)) {
                writers.add(issue.queue());
            }
        }
    }

    /** Whether an instruction may be the first to use its memory. */
    private static boolean writesAnew(Instruction instruction) {
        if (instruction.view().isPresent()) {
            return false;
        }
        for (int i = 0; i < instruction.outputs().size(); i++) {
            if (instruction.operation().overwrites(i).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** Lets one buffer count as part of another. */
    void join(int to, int part) {
        for (int q = 0; q < last[to].length; q++) {
            last[to][q] = Math.max(last[to][q], last[part][q]);
        }
    }

    /** The last issue that accesses a buffer; -1 if none does. */
    int last(int buffer) {
        return Arrays.stream(last[buffer]).max().orElse(-1);
    }

    /** True if all accesses to a buffer are done when an issue starts, but for its own. */
    boolean doneBefore(int buffer, int issue) {
        return Arrays.stream(last[buffer]).allMatch(access -> access < 0 || access == issue || before(access, issue));
    }

    /** The last issue at which nobody may take a buffer's memory: whoever writes anew later comes after all accesses. */
    int end(int buffer) {
        return end(last[buffer]);
    }

    /** The same for memory that one issue alone uses. */
    int endOfIssue(int issue) {
        int[] own = new int[QueueRole.values().length];
        Arrays.fill(own, -1);
        own[schedule.issues().get(issue).queue().ordinal()] = issue;
        return end(own);
    }

    private int end(int[] accesses) {
        int end = Arrays.stream(accesses).max().orElse(-1);
        for (QueueRole writer : writers) {
            end = Math.max(end, firstAfter(accesses, writer) - 1);
        }
        return end;
    }

    /** The first issue of a queue that all accesses are done before; the end of the program if there is none. */
    private int firstAfter(int[] accesses, QueueRole queue) {
        boolean alone = true;
        for (int q = 0; q < accesses.length; q++) {
            alone &= accesses[q] < 0 || q == queue.ordinal();
        }
        if (alone) {
            return accesses[queue.ordinal()] + 1;
        }
        int from = Arrays.stream(accesses).max().orElse(-1) + 1;
        for (int i = from; i < schedule.issues().size(); i++) {
            int candidate = i;
            if (schedule.issues().get(i).queue() == queue
                    && Arrays.stream(accesses).allMatch(access -> access < 0 || before(access, candidate))) {
                return i;
            }
        }
        return schedule.issues().size();
    }

    /** A view is never launched: it takes part as what it is launched between. */
    private boolean before(int first, int second) {
        return schedule.happensBefore(first, second);
    }
}
