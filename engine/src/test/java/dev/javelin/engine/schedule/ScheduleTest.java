package dev.javelin.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private final ProgramBuilder builder = new ProgramBuilder(
            new ModelPaths(Sketch.of((self, step) -> Sketch.total(step.rowWeights())), DType.FLOAT32), true);

    /** So many instructions in a row. */
    private Program chain(int length) {
        Tensor x = builder.input(new Slot(Slot.Kind.BATCH, "x", TensorType.of(DType.FLOAT32, 4)));
        for (int i = 0; i < length; i++) {
            x = x.tanh();
        }
        return builder.build("chain");
    }

    private static Schedule schedule(Program program, List<QueueRole> queues, List<List<Integer>> waits) {
        List<Schedule.Issue> issues = new ArrayList<>();
        for (int i = 0; i < queues.size(); i++) {
            issues.add(new Schedule.Issue(program.instructions().get(i), queues.get(i), waits.get(i)));
        }
        return new Schedule(program, issues);
    }

    @Test
    void issuesOfOneQueueHappenInOrder() {
        Schedule schedule = Schedule.inOrder(chain(4));
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                assertEquals(i < j, schedule.happensBefore(i, j), i + " before " + j);
            }
        }
    }

    @Test
    void issuesOfTwoQueuesAreUnorderedUntilOneWaits() {
        List<QueueRole> queues =
                List.of(QueueRole.COMPUTE, QueueRole.TO_DEVICE, QueueRole.COMPUTE, QueueRole.TO_DEVICE);
        Schedule free = schedule(chain(4), queues, List.of(List.of(), List.of(), List.of(), List.of()));
        assertFalse(free.happensBefore(0, 1));
        assertFalse(free.happensBefore(1, 2));
        assertTrue(free.happensBefore(1, 3));
        Schedule tied = schedule(chain(4), queues, List.of(List.of(), List.of(), List.of(1), List.of()));
        assertTrue(tied.happensBefore(1, 2));
        assertFalse(tied.happensBefore(0, 3), "a wait orders one way only");
    }

    /** Vector clocks against reachability in the graph of queue order and waits. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void happensBeforeIsReachability(long seed) {
        Random random = new Random(seed);
        int count = 30;
        List<QueueRole> queues = new ArrayList<>();
        List<List<Integer>> waits = new ArrayList<>();
        List<Set<Integer>> before = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            queues.add(QueueRole.values()[random.nextInt(QueueRole.values().length)]);
            List<Integer> own = new ArrayList<>();
            if (i > 0 && random.nextInt(3) == 0) {
                own.add(random.nextInt(i));
            }
            waits.add(own);
            Set<Integer> reach = new HashSet<>();
            List<Integer> edges = new ArrayList<>(own);
            for (int j = i - 1; j >= 0; j--) {
                if (queues.get(j) == queues.get(i)) {
                    edges.add(j);
                    break;
                }
            }
            for (int edge : edges) {
                reach.add(edge);
                reach.addAll(before.get(edge));
            }
            before.add(reach);
        }
        Schedule schedule = schedule(chain(count), queues, waits);
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++) {
                assertEquals(before.get(j).contains(i), schedule.happensBefore(i, j), i + " before " + j);
            }
        }
    }

    @Test
    void aWaitForALaterIssueIsRefused() {
        Program program = chain(2);
        List<QueueRole> queues = List.of(QueueRole.COMPUTE, QueueRole.TO_HOST);
        assertThrows(IllegalArgumentException.class, () -> schedule(program, queues, List.of(List.of(1), List.of())));
        assertThrows(IllegalArgumentException.class, () -> schedule(program, queues, List.of(List.of(0), List.of())));
    }

    @Test
    void aViewNeitherWaitsNorIsAwaitedBecauseItIsNeverLaunched() {
        Tensor x = builder.input(new Slot(Slot.Kind.BATCH, "x", TensorType.of(DType.FLOAT32, 4)));
        x.tanh().reshape(2, 2).tanh();
        Program program = builder.build("view");
        List<QueueRole> queues = List.of(QueueRole.COMPUTE, QueueRole.COMPUTE, QueueRole.TO_HOST);
        assertThrows(
                IllegalArgumentException.class,
                () -> schedule(program, queues, List.of(List.of(), List.of(), List.of(1))));
        assertThrows(
                IllegalArgumentException.class,
                () -> schedule(program, queues, List.of(List.of(), List.of(0), List.of())));
        assertTrue(schedule(program, queues, List.of(List.of(), List.of(), List.of(0)))
                .happensBefore(0, 2));
    }
}
