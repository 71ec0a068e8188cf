package dev.javelin.engine.lower;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Loss;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.Array;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.PlannerDouble;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.StepResult;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Cross-entropy and its gradient become one instruction where that changes neither bits nor, upwards, memory. */
class LossWithGradientTest {
    private static final int IGNORED = -1;
    private static final long ROWS = 6;
    private static final long WIDTH = 4;
    private static final long CLASSES = 37;

    private static final Map<String, Array> BATCH = Map.of(
            "x", Array.of(DType.FLOAT32, Shape.of(ROWS, WIDTH), numbers()),
            "t", Array.of(Shape.of(ROWS), 3, IGNORED, 36, 0, 7, IGNORED),
            "u", Array.of(Shape.of(ROWS), 1, 2, IGNORED, 4, 5, 6));

    private static double[] numbers() {
        double[] values = new double[(int) (ROWS * WIDTH)];
        Arrays.setAll(values, i -> Math.sin(3 + 5.0 * i));
        return values;
    }

    /** The CPU, without a kernel for both at once. */
    private static final class Apart extends PlannerDouble {
        @Override
        public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
            return operation instanceof FusedCrossEntropy ? Optional.empty() : super.plan(operation, inputs, outputs);
        }
    }

    private static Tensor logits(Sketch self, Step step, String weight) {
        Tensor table = self.value(weight, step); // [V, C]
        return step.input("x").cast(table.dtype()).matmulTransposed(table); // [N, V]
    }

    private static Loss loss(Tensor logits, Step step, String targets) {
        return logits.crossEntropy(step.input(targets), IGNORED);
    }

    /** A step with so many tables, and how many pairs are joined in it and how many are not. */
    private record Example(String name, int tables, int joined, int apart, BiFunction<Sketch, Step, Loss> step) {
        TrainingModule module() {
            Sketch one = Sketch.of(step).with("a", Shape.of(CLASSES, WIDTH));
            return tables == 1 ? one : one.with("b", Shape.of(CLASSES, WIDTH));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Example> examples() {
        return List.of(
                new Example("one loss", 1, 1, 0, (self, step) -> loss(logits(self, step, "a"), step, "t")),
                new Example("two losses, whose sum is taken between loss and gradient", 2, 2, 0, (self, step) -> {
                    Loss first = loss(logits(self, step, "a"), step, "t");
                    Loss second = loss(logits(self, step, "b"), step, "u");
                    return new Loss(first.sum().add(second.sum().multiply(0.25)), first.weight());
                }),
                new Example("a loss that is logged on its way", 1, 1, 0, (self, step) -> {
                    Loss loss = loss(logits(self, step, "a"), step, "t");
                    step.log("twice", loss.sum().multiply(2));
                    return new Loss(loss.sum().multiply(-3), loss.weight());
                }),
                new Example("logits that others read, too", 1, 1, 0, (self, step) -> {
                    Tensor logits = logits(self, step, "a");
                    step.log("greatest", logits.max(1).sum());
                    return loss(logits, step, "t");
                }),
                new Example("logits that others read, and a sum that is taken between", 2, 1, 1, (self, step) -> {
                    Tensor logits = logits(self, step, "a");
                    Loss first = loss(logits, step, "t");
                    Loss second = loss(logits(self, step, "b"), step, "u");
                    step.log("greatest", logits.max(1).sum());
                    return new Loss(first.sum().add(second.sum()), first.weight());
                }),
                new Example("two losses of the same logits, added between loss and gradient", 1, 0, 2, (self, step) -> {
                    Tensor logits = logits(self, step, "a");
                    Loss first = loss(logits, step, "t");
                    Loss second = loss(logits, step, "u");
                    return new Loss(first.sum().add(second.sum()), first.weight());
                }),
                new Example("a gradient that depends on the loss", 1, 0, 1, (self, step) -> {
                    Loss loss = loss(logits(self, step, "a"), step, "t");
                    return new Loss(loss.sum().square(), loss.weight());
                }));
    }

    private static CompileOptions options(PrecisionPlan precision) {
        return CompileOptions.training(
                        precision, Run.signature(ROWS, BATCH), ParameterGroup.all(new Sgd(0.9, 0, false)))
                .withValidation(Run.signature(ROWS, BATCH));
    }

    private static long count(Compilation compilation, String program, Class<? extends Operation> operation) {
        List<Instruction> all =
                compilation.program(program).schedule().program().instructions();
        return all.stream()
                .filter(instruction -> operation.isInstance(instruction.operation()))
                .count();
    }

    private record Outcome(List<Double> losses, Map<String, double[]> state) {}

    private static Outcome train(TrainingModule module, CompileOptions options, DevicePlanner planner) {
        Compilation compilation = Compilation.compile(module, options, Fixtures.HALVES, planner);
        try (Accelerator device = Fixtures.device();
                Session session = Session.open(
                        compilation, device, SessionOptions.standard().withPoison(true))) {
            session.initialize(7);
            List<Double> losses = new ArrayList<>();
            for (int step = 1; step <= 3; step++) {
                StepResult result = session.train(step, 1e-2, 7, List.of(Run.batch(ROWS, BATCH)));
                losses.add(result.loss());
            }
            return new Outcome(losses, Fixtures.state(session));
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void theyAreJoinedWhereTheGradientDoesNotDependOnTheLoss(Example example) {
        Compilation compilation = Compilation.compile(
                example.module(), options(Precision.TRUE_32.plan()), Fixtures.HALVES, Fixtures.planner());
        assertEquals(example.joined, count(compilation, "train.only", FusedCrossEntropy.class));
        assertEquals(example.apart, count(compilation, "train.only", CrossEntropy.class));
        assertEquals(example.apart, count(compilation, "train.only", CrossEntropyGradient.class));
        assertEquals(0, count(compilation, "validate", FusedCrossEntropy.class));
        assertEquals(example.joined + example.apart, count(compilation, "validate", CrossEntropy.class));
    }

    @ParameterizedTest
    @MethodSource("examples")
    void joiningChangesNoBitAndNeedsNoMoreMemory(Example example) {
        for (Precision precision : Precision.values()) {
            CompileOptions options = options(precision.plan());
            DevicePlanner cpu = Fixtures.planner();
            Outcome together = train(example.module(), options, cpu);
            Outcome apart = train(example.module(), options, new Apart());
            assertEquals(apart.losses, together.losses, precision.toString());
            apart.state.forEach(
                    (key, values) -> assertArrayEquals(values, together.state.get(key), precision + " " + key));
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void aModelOfLanguageNeedsNoMoreMemoryThanWithBothApart(Precision precision) {
        CompileOptions options = CompileOptions.training(
                precision.plan(), Fixtures.tokens(2, 16), ParameterGroup.all(new Sgd(0.9, 0, false)));
        TrainingModule gpt = Fixtures.gpt("layers=2,width=16,heads=2,vocab=300,block=16");
        DevicePlanner cpu = Fixtures.planner();
        Compilation together = Compilation.compile(gpt, options, Fixtures.HALVES, cpu);
        Compilation apart = Compilation.compile(gpt, options, Fixtures.HALVES, new Apart());
        assertEquals(1, count(together, "train.only", FusedCrossEntropy.class));
        assertEquals(1, count(apart, "train.only", CrossEntropyGradient.class));
        assertTrue(
                together.memory().peakBytes() <= apart.memory().peakBytes(),
                together.memory() + " with both at once, " + apart.memory() + " apart");
    }

    @Test
    void theGradientTakesThePlaceOfTheLogits() {
        Compilation compilation = Compilation.compile(
                examples().get(1).module(), options(Precision.TRUE_32.plan()), Fixtures.HALVES, Fixtures.planner());
        var placement = compilation.program("train.only");
        List<Instruction> joined = placement.schedule().program().instructions().stream()
                .filter(instruction -> instruction.operation() instanceof FusedCrossEntropy)
                .toList();
        assertEquals(2, joined.size());
        for (Instruction instruction : joined) {
            assertEquals(
                    placement.location(instruction.inputs().getFirst()),
                    placement.location(instruction.outputs().getLast()));
        }
    }
}
