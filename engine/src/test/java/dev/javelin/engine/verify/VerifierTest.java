package dev.javelin.engine.verify;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.View;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.place.Faults;
import dev.javelin.engine.place.Placement;
import dev.javelin.engine.place.Placement.Location;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A verifier is worth what it catches: each test seeds one fault into a placement that is right. */
class VerifierTest {
    private static final Slot X = slot(Slot.Kind.BATCH, "x");
    private static final Slot Y = slot(Slot.Kind.BATCH, "y");
    private static final Slot STATE = slot(Slot.Kind.CHUNK, "state");
    private static final Slot RESULT = slot(Slot.Kind.METRIC, "result");
    private static final Slot OTHER = slot(Slot.Kind.METRIC, "other");
    private static final Kernels KERNELS = new Kernels(false, 64);

    private final ProgramBuilder builder = new ProgramBuilder(
            new ModelPaths(Sketch.of((self, step) -> Sketch.total(step.rowWeights())), DType.FLOAT32), true);

    private static Slot slot(Slot.Kind kind, String name) {
        return new Slot(kind, name, TensorType.of(DType.FLOAT32, 4, 4));
    }

    private Value value(Tensor tensor) {
        return builder.value(tensor);
    }

    private static Placement placed(Program program) {
        return placed(program, KERNELS);
    }

    private static Placement placed(Program program, Kernels kernels) {
        Placement placement = Placement.of(Schedule.inOrder(program), kernels);
        assertDoesNotThrow(() -> Verifier.verify(placement));
        return placement;
    }

    private static void assertCaught(String fault, Placement placement) {
        JavelinException error = assertThrows(JavelinException.class, () -> Verifier.verify(placement));
        assertEquals("JVL-ENG-0004", error.code());
        assertTrue(error.problem().contains(fault), error.problem());
    }

    @Test
    void twoLiveValuesAtOnePlaceAreCaught() {
        Tensor a = builder.input(X).exp();
        Tensor b = builder.input(X).tanh();
        builder.output(a.add(b), RESULT);
        Placement right = placed(builder.build("p"));
        assertCaught("hold %" + b.number(), Faults.onto(right, value(b), value(a), 0));
        assertCaught("hold %" + b.number(), Faults.onto(right, value(b), value(a), 60));
    }

    @Test
    void anOutputOverALaterReadInputIsCaught() {
        Tensor x = builder.input(X).exp();
        Tensor y = x.tanh();
        builder.output(y.add(x), RESULT);
        Placement right = placed(builder.build("p"), new Kernels(true, 0));
        assertCaught("hold %" + y.number(), Faults.onto(right, value(y), value(x), 0));
    }

    @Test
    void aKernelThatWritesOverItsOwnInputWithoutLeaveIsCaught() {
        Tensor x = builder.input(X).exp();
        Tensor y = x.tanh();
        builder.output(y.add(builder.input(Y)), RESULT);
        Program program = builder.build("p");
        Placement right = placed(program);
        assertCaught("writes over its own input", Faults.onto(right, value(y), value(x), 0));
        Placement inPlace = placed(program, new Kernels(true, 0));
        assertEquals(inPlace.location(value(x)), inPlace.location(value(y)), "in place where the kernel may");
        Placement shifted = Faults.bytes(Faults.onto(inPlace, value(y), value(x), 4), 4096);
        assertCaught("writes over its own input", shifted);
    }

    @Test
    void aValueReadTwiceByAKernelIsOnlyReplacedIfTheKernelMayDoSoForBoth() {
        Tensor x = builder.input(X).exp();
        Tensor y = x.multiply(x);
        builder.output(y.add(builder.input(Y)), RESULT);
        Placement placement = placed(builder.build("p"), new Kernels(true, 0));
        assertNotEquals(
                placement.location(value(x)).offset(),
                placement.location(value(y)).offset());
    }

    @Test
    void aReadAfterAnUpdateInPlaceIsCaught() {
        Tensor state = builder.input(STATE);
        Tensor one = predicate();
        Tensor updated = builder.emit(new Assign(), state, builder.input(X).exp(), one);
        builder.output(state.add(updated), RESULT);
        assertCaught("after it was updated in place", unchecked());
    }

    @Test
    void aViewOfAnUpdatedStateIsCaught() {
        Tensor state = builder.input(STATE);
        Tensor view = state.reshape(16);
        builder.emit(new Assign(), state, builder.input(X).exp(), predicate());
        builder.output(view.reshape(4, 4).tanh(), RESULT);
        assertCaught("hold", unchecked());
    }

    @Test
    void aViewMadeAfterTheUpdateIsCaught() {
        Tensor state = builder.input(STATE);
        builder.emit(new Assign(), state, builder.input(X).exp(), predicate());
        builder.output(state.reshape(16).reshape(4, 4).tanh(), RESULT);
        assertCaught("after it was updated in place", unchecked());
    }

    @Test
    void anUpdateThroughAViewSpoilsTheWhole() {
        Slot flat = new Slot(Slot.Kind.GRADIENT, "flat", TensorType.of(DType.FLOAT32, 32));
        Tensor sums = builder.input(flat);
        Tensor part = builder.emit(new View(16, Shape.of(4, 4)), sums);
        builder.emit(new Accumulate(), part, builder.input(X));
        builder.output(sums.sum().add(0), new Slot(Slot.Kind.METRIC, "sum", TensorType.of(DType.FLOAT32)));
        assertCaught("hold", unchecked());
    }

    @Test
    void anUpdateThatLiesApartFromItsStateIsCaught() {
        Tensor state = builder.input(STATE);
        Tensor updated = builder.emit(new Assign(), state, builder.input(X).exp(), predicate());
        Placement right = placed(builder.build("p"));
        Location apart = new Location(Optional.of(OTHER), 0, 64, 99);
        assertCaught("must work in place", Faults.at(right, value(updated), apart));
    }

    @Test
    void anOutputInTheWrongSlotOrAtTheWrongOffsetIsCaught() {
        Tensor y = builder.input(X).exp();
        builder.output(y, RESULT);
        Placement right = placed(builder.build("p"));
        assertCaught(
                "does not lie in metric result",
                Faults.at(right, value(y), new Location(Optional.of(OTHER), 0, 64, 99)));
        assertCaught("outside of", Faults.at(right, value(y), new Location(Optional.of(RESULT), 4, 64, 99)));
        assertCaught(
                "does not lie in metric result",
                Faults.bytes(Faults.at(right, value(y), new Location(Optional.empty(), 0, 64, 99)), 64));
    }

    @Test
    void aWorkspaceOverALiveValueIsCaught() {
        Tensor kept = builder.input(X).tanh();
        Tensor product = builder.input(X).exp().matmul(builder.input(Y).exp());
        builder.output(product.add(kept), RESULT);
        Program program = builder.build("p");
        Placement right = placed(program);
        int issue = issueOf(program, product);
        assertTrue(right.workspace(issue).isPresent());
        assertCaught("hold %-" + (2 + issue), Faults.workspaceOnto(right, issue, value(kept)));
    }

    @Test
    void aWorkspaceOverTheKernelsOwnOperandsIsCaught() {
        Tensor left = builder.input(X).exp();
        Tensor product = left.matmul(builder.input(Y));
        builder.output(product.tanh(), RESULT);
        Program program = builder.build("p");
        Placement right = placed(program);
        int issue = issueOf(program, product);
        assertCaught("writes over its own input", Faults.workspaceOnto(right, issue, value(left)));
        assertCaught("overlap", Faults.workspaceOnto(right, issue, value(product)));
    }

    @Test
    void whatLiesBeyondTheTemporariesIsCaught() {
        builder.output(builder.input(X).exp().tanh(), RESULT);
        Placement right = placed(builder.build("p"));
        assertCaught("outside of", Faults.bytes(right, right.bytes() - 4));
    }

    @Test
    void aReadOfMemoryThatNothingWroteIsCaught() {
        Tensor a = builder.input(X).exp();
        Tensor b = a.reshape(16);
        builder.output(b.tanh().reshape(4, 4).add(0), RESULT);
        Placement right = placed(builder.build("p"));
        assertCaught("hold %-1", Faults.bytes(Faults.onto(right, value(b), value(a), 32), 4096));
    }

    @Test
    void aPackedPartThatLiesAtAnotherPartsPlaceIsCaught() {
        Tensor a = builder.input(X).exp();
        Tensor b = builder.input(Y).exp();
        Tensor flat = builder.emit(new Pack(32), List.of(a, b)).getFirst();
        builder.output(flat.sum(), new Slot(Slot.Kind.METRIC, "sum", TensorType.of(DType.FLOAT32)));
        Placement right = placed(builder.build("p"));
        assertEquals(
                right.location(value(flat)).offset(), right.location(value(a)).offset());
        assertEquals(
                64 + right.location(value(flat)).offset(),
                right.location(value(b)).offset());
        Placement halfway = Faults.onto(right, value(b), value(flat), 32);
        assertThrows(JavelinException.class, () -> Verifier.verify(halfway));
    }

    // Several queues ------------------------------------------------------------------------------------------------

    private static Schedule queued(Program program, Map<Integer, QueueRole> queues, Map<Integer, List<Integer>> waits) {
        List<Schedule.Issue> issues = new ArrayList<>();
        for (int i = 0; i < program.instructions().size(); i++) {
            issues.add(new Schedule.Issue(
                    program.instructions().get(i),
                    queues.getOrDefault(i, QueueRole.COMPUTE),
                    waits.getOrDefault(i, List.of())));
        }
        return new Schedule(program, issues);
    }

    private static Placement queuedPlacement(
            Program program, Map<Integer, QueueRole> queues, Map<Integer, List<Integer>> waits) {
        return Faults.schedule(placed(program), queued(program, queues, waits));
    }

    @Test
    void aReadOnAnotherQueueWithoutAWaitIsCaught() {
        builder.output(builder.input(X).exp().tanh(), RESULT); // issue 0, then issue 1
        Program program = builder.build("p");
        Map<Integer, QueueRole> queues = Map.of(1, QueueRole.TO_HOST);
        assertDoesNotThrow(() -> Verifier.verify(queuedPlacement(program, queues, Map.of(1, List.of(0)))));
        assertCaught("whose writer need not be done", queuedPlacement(program, queues, Map.of()));
    }

    @Test
    void aReuseOfBytesThatAnotherQueueStillReadsIsCaught() {
        Tensor a = builder.input(X).exp(); // 0
        builder.output(a.tanh(), RESULT); // 1, on another queue
        Tensor b = builder.input(Y).exp(); // 2, at the place of a
        builder.output(b.tanh(), OTHER); // 3
        Program program = builder.build("p");
        Placement right = placed(program);
        assertEquals(right.location(value(a)).offset(), right.location(value(b)).offset(), "reused");
        Map<Integer, QueueRole> queues = Map.of(1, QueueRole.COMMUNICATION);
        assertCaught("another queue may still use", queuedPlacement(program, queues, Map.of(1, List.of(0))));
        assertDoesNotThrow(
                () -> Verifier.verify(queuedPlacement(program, queues, Map.of(1, List.of(0), 2, List.of(1)))));
    }

    @Test
    void aWaitThatIsPassedOnThroughAThirdQueueCounts() {
        Tensor a = builder.input(X).exp(); // 0 compute
        Tensor b = builder.input(Y).exp(); // 1 to host, waits for 0
        builder.output(a.tanh(), RESULT); // 2 communication, waits for 1 only
        builder.output(b.tanh(), OTHER); // 3 to host
        Program program = builder.build("p");
        Map<Integer, QueueRole> queues = Map.of(1, QueueRole.TO_HOST, 2, QueueRole.COMMUNICATION, 3, QueueRole.TO_HOST);
        assertDoesNotThrow(
                () -> Verifier.verify(queuedPlacement(program, queues, Map.of(1, List.of(0), 2, List.of(1)))));
        assertCaught("whose writer need not be done", queuedPlacement(program, queues, Map.of(2, List.of(1))));
    }

    private Tensor predicate() {
        return builder.input(new Slot(Slot.Kind.SCALAR, "go", TensorType.of(DType.INT32)));
    }

    /** The program as written, placed but wrong by itself. */
    private Placement unchecked() {
        return Placement.of(Schedule.inOrder(builder.build("p")), KERNELS);
    }

    private int issueOf(Program program, Tensor output) {
        for (int i = 0; i < program.instructions().size(); i++) {
            if (program.instructions().get(i).outputs().contains(value(output))) {
                return i;
            }
        }
        throw new AssertionError(output.toString());
    }
}
