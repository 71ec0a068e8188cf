package dev.javelin.engine.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.GenerativeModule;
import dev.javelin.api.Initializer;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.trainer.Precision;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.generate.CachedModel;
import dev.javelin.engine.generate.GenerationOptions;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Slot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Where conversions are written for mixed precision. */
class AutocastTest {
    private static final String BF16 = "BF16";

    /** The forward instructions of a model of x [2, 3] and a [3, 3], b [3], mixed. */
    private static List<Instruction> forward(BiFunction<Tensor, Function<String, Tensor>, Tensor> body) {
        return traced(body).program().instructions().stream()
                .filter(instruction -> instruction.site().phase() == dev.javelin.engine.program.Site.Phase.FORWARD)
                .toList();
    }

    private static Traced traced(BiFunction<Tensor, Function<String, Tensor>, Tensor> body) {
        Sketch sketch = Sketch.of((self, step) ->
                        Sketch.total(body.apply(step.input("x"), name -> self.value(name, step))
                                .sum()))
                .with("a", Shape.of(3, 3), Initializer.normal(1))
                .with("b", Shape.of(3), Initializer.normal(1));
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put("x", TensorType.of(DType.FLOAT32, 2, 3));
        return new Tracer(new ModelPaths(sketch.model(), DType.FLOAT32), Precision.BF16_MIXED.plan())
                .training(sketch, new Signature(2, fields));
    }

    private static Instruction only(List<Instruction> instructions, String operation) {
        List<Instruction> found = instructions.stream()
                .filter(instruction -> instruction.operation().name().equals(operation))
                .toList();
        assertEquals(1, found.size(), operation + " in " + instructions);
        return found.getFirst();
    }

    private static List<String> types(Instruction instruction) {
        return Stream.concat(instruction.inputTypes().stream(), instruction.outputTypes().stream())
                .map(type -> type.dtype().label())
                .toList();
    }

    @Test
    void productsTakeSixteenBitsAndTheirBiasFollows() {
        List<Instruction> forward = forward((x, p) -> x.linear(p.apply("a"), p.apply("b")));
        assertEquals(List.of(BF16, BF16, BF16), types(only(forward, "matmul")));
        assertEquals(List.of(BF16, BF16, BF16), types(only(forward, "add")));
        assertEquals(List.of("F32", "F32"), types(only(forward, "reduce_sum")), "sums are taken of FLOAT32");
    }

    @Test
    void whereBothMeetTheResultIsFloat32() {
        List<Instruction> forward = forward((x, p) -> x.add(x.matmul(p.apply("a"))));
        assertEquals(List.of("F32", "F32", "F32"), types(only(forward, "add")));
        assertEquals(
                List.of(BF16, BF16, BF16),
                types(only(forward((x, p) -> x.matmul(p.apply("a")).maximum(x.full(Shape.scalar(), 1))), "maximum")),
                "a constant follows");
        assertEquals(
                List.of("F32", "F32", "F32"),
                types(only(forward((x, p) -> x.matmul(p.apply("a")).multiply(p.apply("b"))), "multiply")),
                "a parameter that is no bias does not");
    }

    @Test
    void softmaxAndExponentialsTakeFloat32AndNormsKeepWhatTheyAreGiven() {
        List<Instruction> softmax =
                forward((x, p) -> x.matmul(p.apply("a")).softmax().exp());
        assertEquals(List.of("F32", "F32"), types(only(softmax, "softmax")));
        assertEquals(List.of("F32", "F32"), types(only(softmax, "exp")));
        List<Instruction> norm = forward((x, p) -> x.matmul(p.apply("a")).layerNorm(p.apply("b"), p.apply("b"), 1e-5));
        assertEquals(List.of(BF16, "F32", "F32", BF16, "F32", "F32"), types(only(norm, "layer_norm")));
        assertEquals(
                List.of("F32", "F32", "F32", "F32"),
                types(only(forward((x, p) -> x.rmsNorm(p.apply("b"), 1e-5).matmul(p.apply("a"))), "rms_norm")));
    }

    @Test
    void aValueIsConvertedOnceForAllThatTakeIt() {
        List<Instruction> forward = forward((x, p) -> {
            Tensor square = x.multiply(x);
            return square.matmul(p.apply("a"))
                    .add(square.matmul(p.apply("a")))
                    .add(square.matmulTransposed(p.apply("a")));
        });
        long conversions = forward.stream()
                .filter(instruction -> instruction.operation().name().equals("cast"))
                .filter(instruction -> instruction.outputTypes().getFirst().dtype() == DType.BFLOAT16)
                .count();
        assertEquals(2, conversions, "of the square and of a");
    }

    @Test
    void gradientsOfParametersHaveTheTypeOfTheParameters() {
        Traced traced = traced((x, p) -> x.linear(p.apply("a"), p.apply("b")).tanh());
        traced.gradients()
                .forEach((path, gradient) ->
                        assertEquals(DType.FLOAT32, gradient.type().dtype(), path));
        assertEquals(DType.FLOAT32, traced.lossSum().type().dtype());
        assertTrue(traced.program().instructions().stream()
                .anyMatch(i -> i.toString().contains("cast")));
    }

    @Test
    void cachesOfAttentionHoldWhatProductsTakeAndWeightsAreKeptConverted() {
        GenerativeModule module = (GenerativeModule) Fixtures.gpt("layers=1,width=8,heads=2,vocab=11,block=5");
        Compilation compilation = CachedModel.compile(
                module,
                GenerationOptions.of(Precision.BF16_MIXED.plan(), module).withChooser(GenerationOptions.Chooser.HOST),
                Fixtures.HALVES,
                Fixtures.planner());
        List<Slot> slots = List.copyOf(compilation.slots().offsets().keySet());
        assertEquals(
                List.of(DType.BFLOAT16, DType.BFLOAT16),
                slots.stream()
                        .filter(slot -> slot.kind() == Slot.Kind.STATE)
                        .map(slot -> slot.type().dtype())
                        .toList());
        assertTrue(slots.stream().anyMatch(slot -> slot.kind() == Slot.Kind.WEIGHTS));
        assertEquals(
                DType.FLOAT32,
                compilation
                        .slots()
                        .find(Slot.Kind.METRIC, CachedModel.DECODE)
                        .orElseThrow()
                        .type()
                        .dtype(),
                "logits are FLOAT32");
    }
}
