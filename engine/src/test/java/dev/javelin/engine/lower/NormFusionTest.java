package dev.javelin.engine.lower;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Norms take the additions and conversions beside them, where nobody stands between and a kernel is there. */
class NormFusionTest {
    private static final TensorType X = TensorType.of(DType.FLOAT32, 2, 3, 8);
    private static final TensorType ROW = TensorType.of(DType.FLOAT32, 8);
    private static final TensorType ROWS = TensorType.of(DType.FLOAT32, 2, 3);
    private static final DType HALF = DType.BFLOAT16;

    /** A device whose kernels take every operation but these. */
    private record Declining(Set<Class<? extends Operation>> declined) implements DevicePlanner {
        @Override
        public String name() {
            return "declining";
        }

        @Override
        public Set<DType> dtypes() {
            return EnumSet.allOf(DType.class);
        }

        @Override
        public long alignmentBytes() {
            return 64;
        }

        @Override
        public long memoryBytes() {
            return Long.MAX_VALUE;
        }

        @Override
        public Rates rates() {
            return new Rates(1, 1, 0);
        }

        @Override
        public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
            return declined.contains(operation.getClass()) ? Optional.empty() : Optional.of(KernelPlan.of(0, 0));
        }
    }

    private final ProgramBuilder builder = new ProgramBuilder(
            new ModelPaths(
                    Fixtures.gpt("layers=1,width=4,heads=1,vocab=4,block=4").model(), DType.FLOAT32),
            true);
    private final Tensor x = input("x", X);
    private final Tensor residual = input("residual", X);
    private final Tensor scale = input("scale", ROW);
    private final Tensor shift = input("shift", ROW);

    private Tensor input(String name, TensorType type) {
        return builder.input(new Slot(Slot.Kind.BATCH, name, type));
    }

    private void output(String name, Tensor tensor) {
        builder.output(tensor, new Slot(Slot.Kind.METRIC, name, tensor.type()));
    }

    private List<Tensor> layerNorm(Tensor of) {
        return builder.emit(new LayerNorm(1e-5), List.of(of, scale, shift));
    }

    private List<Tensor> layerNormGradient(Tensor dy) {
        return builder.emit(
                new LayerNormGradient(), List.of(dy, x, scale, input("mean", ROWS), input("inverse", ROWS)));
    }

    private List<Instruction> fused() {
        return fused(Set.of());
    }

    private List<Instruction> fused(Set<Class<? extends Operation>> declined) {
        Program program = builder.build("test");
        return Fusion.fuse(program, new Declining(declined)).instructions();
    }

    private static List<String> names(List<Instruction> instructions) {
        return instructions.stream().map(each -> each.operation().name()).toList();
    }

    /** The only instruction, with these tensors as operands and results. */
    private void requireOne(Operation operation, List<Tensor> inputs, List<Tensor> outputs) {
        List<Instruction> left = fused();
        assertEquals(1, left.size(), () -> names(left).toString());
        assertEquals(operation, left.getFirst().operation());
        assertEquals(
                inputs.stream().map(builder::value).toList(), left.getFirst().inputs());
        assertEquals(
                outputs.stream().map(builder::value).toList(), left.getFirst().outputs());
    }

    @Test
    void aNormTakesTheAdditionBeforeItAndTheConversionBehindIt() {
        Tensor sum = x.add(residual);
        List<Tensor> norm = layerNorm(sum);
        Tensor narrow = norm.get(0).cast(HALF);
        output("sum", sum);
        output("narrow", narrow);
        requireOne(
                new FusedNorm(true, 1e-5, true, HALF),
                List.of(x, scale, shift, residual),
                List.of(sum, narrow, norm.get(1), norm.get(2)));
    }

    @Test
    void aSummandThatWasOnlyWidenedIsReadAsItWas() {
        Tensor branch = input("branch", X.withDType(HALF));
        Tensor sum = branch.cast(DType.FLOAT32).add(x);
        List<Tensor> norm = builder.emit(new RmsNorm(1e-6), List.of(sum, scale));
        output("y", norm.get(0));
        requireOne(
                new FusedNorm(false, 1e-6, true, DType.FLOAT32),
                List.of(x, scale, branch),
                List.of(sum, norm.get(0), norm.get(1)));
    }

    @Test
    void aSummandOfTheLastDimsIsRepeated() {
        Tensor positions = input("positions", TensorType.of(DType.FLOAT32, 3, 8));
        Tensor sum = positions.add(x);
        List<Tensor> norm = layerNorm(sum);
        output("y", norm.get(0));
        requireOne(
                new FusedNorm(true, 1e-5, true, DType.FLOAT32),
                List.of(x, scale, shift, positions),
                List.of(sum, norm.get(0), norm.get(1), norm.get(2)));
    }

    @Test
    void aSumThatSomebodyReadsBeforeTheNormStaysWhereItIs() {
        Tensor sum = x.add(residual);
        output("square", sum.square());
        output("y", layerNorm(sum).get(0));
        assertEquals(List.of("add", "square", "layer_norm"), names(fused()));
    }

    @Test
    void aSummandThatIsOverwrittenBeforeTheNormIsAddedBefore() {
        Tensor sum = x.add(residual);
        Tensor one = builder.emit(new Fill(TensorType.of(DType.INT32), 1));
        output("state", builder.emit(new Assign(), residual, x, one));
        output("y", layerNorm(sum).get(0));
        assertEquals(List.of("add", "fill", "assign", "layer_norm"), names(fused()));
    }

    @Test
    void anAdditionOfOtherShapeStays() {
        Tensor column = input("column", TensorType.of(DType.FLOAT32, 2, 3, 1));
        output("y", layerNorm(x.add(column)).get(0));
        assertEquals(List.of("add", "layer_norm"), names(fused()));
    }

    @Test
    void aNormThatOthersReadUnconvertedIsConvertedBehind() {
        Tensor y = layerNorm(x).get(0);
        output("narrow", y.cast(HALF));
        output("square", y.square());
        assertEquals(List.of("layer_norm", "cast", "square"), names(fused()));
        output("y", y);
        assertEquals(List.of("layer_norm", "cast", "square"), names(fused()));
    }

    @Test
    void aGradientTakesTheConversionsAndTheOneThatPassesBy() {
        Tensor dy = input("dy", X.withDType(HALF));
        List<Tensor> gradient = layerNormGradient(dy.cast(DType.FLOAT32));
        output("scale", gradient.get(1).square());
        Tensor sum = residual.add(gradient.get(0));
        Tensor copy = sum.cast(HALF);
        output("sum", sum);
        output("copy", copy);
        List<Instruction> left = fused();
        assertEquals(List.of("fused_norm_gradient", "square"), names(left));
        assertEquals(
                FusedNormGradient.of(true).withResidual().withCopy(HALF),
                left.getFirst().operation());
        assertEquals(builder.value(dy), left.getFirst().inputs().getFirst());
        assertEquals(builder.value(residual), left.getFirst().inputs().getLast());
        assertEquals(
                List.of(sum, gradient.get(1), gradient.get(2), copy).stream()
                        .map(builder::value)
                        .toList(),
                left.getFirst().outputs());
    }

    @Test
    void theGradientOfAnRmsNormDoesToo() {
        List<Tensor> gradient =
                builder.emit(new RmsNormGradient(), List.of(residual, x, scale, input("inverse", ROWS)));
        Tensor sum = gradient.get(0).add(shift.multiply(x));
        output("sum", sum);
        output("scale", gradient.get(1));
        assertEquals(List.of("rms_norm_gradient", "multiply", "add"), names(fused()), "computed behind it");
        Tensor other = gradient.get(0).add(x);
        output("other", other);
        assertEquals(List.of("rms_norm_gradient", "multiply", "add", "add"), names(fused()), "read twice");
    }

    @Test
    void aGradientThatIsAResultIsNotChanged() {
        Tensor own = layerNormGradient(residual).get(0);
        output("own", own);
        output("sum", own.add(x));
        assertEquals(List.of("layer_norm_gradient", "add"), names(fused()));
    }

    @Test
    void oneOfTwoGradientsTakesTheOther() {
        Tensor first = layerNormGradient(residual).get(0);
        Tensor second = layerNormGradient(x).get(0);
        output("sum", first.add(second));
        List<Instruction> left = fused();
        assertEquals(List.of("layer_norm_gradient", "fused_norm_gradient"), names(left));
        assertEquals(builder.value(first), left.getLast().inputs().getLast());
    }

    @Test
    void whatTheAcceleratorDeclinesStays() {
        Tensor sum = x.add(residual);
        output("narrow", layerNorm(sum).get(0).cast(HALF));
        output("gradient", layerNormGradient(sum).get(0).add(residual));
        assertEquals(
                List.of("add", "layer_norm", "cast", "layer_norm_gradient", "add"),
                names(fused(Set.of(FusedNorm.class, FusedNormGradient.class))));
    }
}
