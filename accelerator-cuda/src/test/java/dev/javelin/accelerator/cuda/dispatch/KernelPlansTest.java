package dev.javelin.accelerator.cuda.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.Slice;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the engine is told of kernels, and the launches they are made of: all of it without a GPU. */
class KernelPlansTest {
    private static final KernelTable<KernelChoice> TABLE = Fills.kernels()
            .over(Casts.kernels())
            .over(Binaries.kernels())
            .over(Gates.kernels())
            .over(Moves.kernels())
            .over(Reductions.kernels())
            .over(Squares.kernels())
            .over(States.kernels());
    private static final TensorType PREDICATE = TensorType.of(DType.INT32);

    private static KernelChoice choice(Operation operation, TensorType... inputs) {
        List<TensorType> types = Arrays.asList(inputs);
        return TABLE.choose(operation, types, operation.infer(types)).orElseThrow();
    }

    private static KernelPlan plan(Operation operation, TensorType... inputs) {
        return choice(operation, inputs).plan();
    }

    private static TensorType floats(long... dims) {
        return TensorType.of(DType.FLOAT32, dims);
    }

    private static List<String> entries(KernelChoice choice) {
        return choice.steps().stream().map(step -> ((Launch) step).entry()).toList();
    }

    private static long blocks(KernelChoice choice, int step) {
        return ((Launch) choice.steps().get(step)).grid().x();
    }

    @Test
    void movesCountWhatTheyReadAndWriteAndNotWhatTheyLeaveOut() {
        assertEquals(2 * 4 * 12.0, plan(new Slice(1, 2, 3), floats(4, 100)).bytes());
        assertEquals(4 * (2 * 12 + 24), plan(new Pad(1, 2, 9), floats(4, 3)).bytes());
        assertEquals(4 * (2 * 7 + 13), plan(new Pack(20), floats(7)).bytes());
        assertEquals(2 * 4 * 9, plan(new Concat(0), floats(4), floats(5)).bytes());
        assertEquals(
                4 * (10 + 30),
                plan(new BroadcastTo(floats(3, 10).shape()), floats(10)).bytes());
        assertEquals(
                2 * 4 * 5000.0,
                plan(new Assign(), floats(5000), floats(5000), PREDICATE).bytes());
    }

    @Test
    void anOptimizerReadsFourArraysAndWritesThree() {
        TensorType array = floats(1000);
        TensorType scalar = floats();
        AdamW operation = new AdamW(0.9, 0.95, 1e-8, 0.1);
        KernelPlan alone = plan(operation, array, array, array, array, scalar, scalar, scalar, scalar, PREDICATE);
        assertEquals(28 * 1000 + 20, alone.bytes());
        TensorType half = array.withDType(DType.BFLOAT16);
        KernelChoice mixed =
                choice(operation, array, half, array, array, scalar, scalar, scalar, scalar, PREDICATE, half);
        assertEquals(List.of("adamw_f32_bf16_f32_bf16"), entries(mixed));
    }

    @Test
    void aReductionIntoFewResultsHasAPlannedWorkspaceForItsSlices() {
        KernelChoice column =
                choice(new Reduce(Reduce.Kind.SUM, List.of(0, 1)), TensorType.of(DType.BFLOAT16, 16, 1024, 768));
        assertEquals(List.of("sum_columns_bf16_f32", "sum_columns_f32_bf16"), entries(column));
        long slices = column.plan().workspaceBytes() / (4 * 768);
        assertEquals(4 * 768 * slices, column.plan().workspaceBytes());
        assertEquals(
                2.0 * (16 * 1024 * 768 + 768) + 2 * column.plan().workspaceBytes(),
                column.plan().bytes());
        assertTrue(blocks(column, 0) >= 512, "enough blocks to keep a GPU busy");
        KernelChoice row = choice(new Reduce(Reduce.Kind.MAX, List.of(0)), floats(1 << 24));
        assertEquals(List.of("max_rows_f32_f32", "max_rows_f32_f32"), entries(row));
        assertTrue(blocks(row, 0) >= 512, "enough blocks to keep a GPU busy");
        assertEquals(
                0,
                plan(new Reduce(Reduce.Kind.SUM, List.of(1)), floats(5000, 1000))
                        .workspaceBytes());
    }

    @Test
    void outputsMayLieOnInputsOfTheirShapeAndSize() {
        Binary add = new Binary(Binary.Kind.ADD);
        assertEquals(
                Set.of(new Alias(0, 0), new Alias(0, 1)),
                plan(add, floats(3, 4), floats(3, 4)).mayAlias());
        assertEquals(Set.of(new Alias(0, 0)), plan(add, floats(3, 4), floats(4)).mayAlias());
        assertEquals(
                Set.of(new Alias(0, 0)),
                plan(new SwiGluGradient(), floats(3, 8), floats(3, 4)).mayAlias());
        assertEquals(
                Set.of(new Alias(0, 0)), plan(new Cast(DType.INT32), floats(7)).mayAlias());
        assertEquals(Set.of(), plan(new Cast(DType.BFLOAT16), floats(7)).mayAlias());
        assertEquals(Set.of(), plan(new Permute(List.of(1, 0)), floats(4, 4)).mayAlias());
    }

    @Test
    void whatIsEmptyLaunchesNothing() {
        assertTrue(((Launch) choice(new Binary(Binary.Kind.ADD), floats(0, 3), floats(3))
                        .steps()
                        .getFirst())
                .empty());
        assertTrue(((Launch) choice(new Fill(floats(0), 1)).steps().getFirst()).empty());
        assertEquals(List.of(), choice(new Concat(0), floats(0), floats(0)).steps());
    }

    @Test
    void launchesAreFew() {
        TensorType[] many = Collections.nCopies(20, floats(5)).toArray(TensorType[]::new);
        assertEquals(List.of("join", "join", "join"), entries(choice(new Pack(100), many)));
        TensorType[] scalars = Collections.nCopies(8, floats()).toArray(TensorType[]::new);
        assertEquals(List.of("is_finite"), entries(choice(new IsFinite(), scalars)));
        assertEquals(
                List.of("square_sum_f32", "normalise"),
                entries(choice(new SquareSum(), SquareSum.ACCUMULATOR, floats(1 << 20))));
    }

    @Test
    void gridsFollowFromShapesOfAnySize() {
        assertEquals(
                Math.ceilDiv(1L << 36, 2048),
                blocks(choice(new Binary(Binary.Kind.ADD), floats(1L << 36), floats(1L << 36)), 0));
        assertEquals(1024, blocks(choice(new SquareSum(), SquareSum.ACCUMULATOR, floats(1L << 36)), 0));
        assertEquals(List.of("transpose_b4"), entries(choice(new Permute(List.of(1, 0)), floats(1L << 20, 1L << 10))));
        assertEquals(List.of("gather_b4"), entries(choice(new Permute(List.of(1, 0, 2)), floats(64, 64, 64))));
    }
}
