package dev.javelin.engine.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Loss;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.engine.Array;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session's programs do to its state, variant by variant. */
class VariantsTest {
    private static final String GPT = "layers=2,width=24,heads=3,vocab=31,block=9";

    private static CompileOptions gptOptions(DType dtype, long rows) {
        return CompileOptions.training(
                        dtype, Fixtures.tokens(rows, 9), ParameterGroup.noDecayForVectors(AdamW.standard()))
                .withClipping(Clipping.byNorm(1));
    }

    private static Map<String, double[]> trained(String model, CompileOptions options, int steps, String... device) {
        try (Run run = Run.open(Fixtures.gpt(model), options, device)) {
            for (int step = 1; step <= steps; step++) {
                List<HostBatch> batches = new ArrayList<>();
                for (int micro = 0; micro < options.accumulation(); micro++) {
                    long rows = options.train().rows();
                    batches.add(Fixtures.randomTokens(rows, 9, 31, step * 10L + micro));
                }
                assertTrue(run.session().train(step, 1e-2, 7, batches).finite());
            }
            return Fixtures.state(run.session());
        }
    }

    private static void assertSameBits(Map<String, double[]> expected, Map<String, double[]> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((key, values) -> assertArrayEquals(values, actual.get(key), key));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void microBatchesTogetherAreOneBatchOfAllTheirRows(int count) {
        List<HostBatch> parts = new ArrayList<>();
        Map<String, MemorySegment> whole = new LinkedHashMap<>();
        for (String name : List.of("tokens", "targets")) {
            whole.put(
                    name,
                    Array.zeros(Fixtures.tokens(2L * count, 9).fields().get(name))
                            .memory());
        }
        for (int i = 0; i < count; i++) {
            HostBatch part = Fixtures.randomTokens(2, 9, 31, i);
            parts.add(part);
            long at = i * 2L * 9 * 4;
            part.fields().forEach((name, memory) -> whole.get(name).asSlice(at).copyFrom(memory));
        }
        try (Run one = Run.open(Fixtures.gpt(GPT), gptOptions(DType.FLOAT64, 2L * count));
                Run many =
                        Run.open(Fixtures.gpt(GPT), gptOptions(DType.FLOAT64, 2).withAccumulation(count))) {
            for (int step = 1; step <= 2; step++) {
                StepResult a = one.session().train(step, 1e-2, 7, List.of(new HostBatch(whole, 2L * count, 0)));
                StepResult b = many.session().train(step, 1e-2, 7, parts);
                assertEquals(a.lossSum(), b.lossSum(), 1e-10);
                assertEquals(a.weight(), b.weight());
                assertEquals(a.gradientNorm(), b.gradientNorm(), 1e-11);
            }
            Map<String, double[]> expected = Fixtures.state(one.session());
            Fixtures.state(many.session())
                    .forEach((key, values) -> assertArrayEquals(expected.get(key), values, 1e-9, key));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void equalSeedsGiveEqualBitsFromRunToRunAndForAnyNumberOfThreads(DType dtype) {
        CompileOptions options = gptOptions(dtype, 3).withAccumulation(2);
        String model = GPT + ",dropout=0.1,tied=true";
        Map<String, double[]> first = trained(model, options, 3, "threads", "1");
        assertSameBits(first, trained(model, options, 3, "threads", "1"));
        assertSameBits(first, trained(model, options, 3, "threads", "2"));
        assertSameBits(first, trained(model, options, 3, "threads", "5"));
    }

    @Test
    void keepingGradientsChangesNoBit() {
        CompileOptions options = gptOptions(DType.FLOAT32, 3);
        assertSameBits(trained(GPT, options, 2), trained(GPT, options.withKeepGradients(true), 2));
    }

    // Dropout -------------------------------------------------------------------------------------------------------

    /** A mask made visible: the loss is the sum of what dropout leaves of the field x, logged as well. */
    private static Sketch dropout() {
        return Sketch.of((self, step) -> {
                    Tensor x = step.input("x").multiply(self.value("a", step));
                    return Sketch.total(x.dropout(0.5).sum());
                })
                .with("a", Shape.scalar(), dev.javelin.api.Initializer.ones());
    }

    private static Map<String, Array> powers(int rows) {
        return Map.of(
                "x",
                Array.of(
                        DType.FLOAT64,
                        Shape.of(rows, 8),
                        IntStream.range(0, rows * 8)
                                .mapToDouble(i -> Math.pow(2, i))
                                .toArray()));
    }

    @Test
    void dropoutDiffersByStepAndMicroBatchAndSeedAndRepeatsUnderOneKeyAndIsOffInEvaluation() {
        Map<String, Array> x = powers(2);
        CompileOptions options = CompileOptions.training(
                        DType.FLOAT64, Run.signature(2, x), ParameterGroup.all(new Sgd(0, 0, false)))
                .withValidation(Run.signature(2, x));
        HostBatch batch = Run.batch(2, x);
        try (Run run = Run.open(dropout(), options)) {
            double first = run.session().train(1, 0, 7, List.of(batch)).loss();
            assertEquals(first, run.session().train(1, 0, 7, List.of(batch)).loss());
            assertNotEquals(first, run.session().train(2, 0, 7, List.of(batch)).loss());
            assertNotEquals(first, run.session().train(1, 0, 8, List.of(batch)).loss());
            HostBatch later = new HostBatch(batch.fields(), 2, 2);
            assertNotEquals(first, run.session().train(1, 0, 7, List.of(later)).loss());
            assertEquals(65535, run.session().validate(batch).loss(), "all of x, unscaled");
        }
        try (Run run = Run.open(dropout(), options.withAccumulation(2))) {
            double both = run.session().train(1, 0, 7, List.of(batch, batch)).lossSum();
            double once = run.session()
                    .train(1, 0, 7, List.of(batch, Run.batch(2, zeros(x))))
                    .lossSum();
            assertNotEquals(2 * once, both, "each micro-batch has a mask of its own");
        }
    }

    private static Map<String, Array> zeros(Map<String, Array> fields) {
        Map<String, Array> zeros = new LinkedHashMap<>();
        fields.forEach((name, array) -> zeros.put(name, Array.zeros(array.type())));
        return zeros;
    }

    @Test
    void theMaskOfARowDependsOnItsGlobalIndexAndNotOnHowRowsAreSplit() {
        Map<String, Array> four = powers(4);
        Map<String, Array> lower = Map.of(
                "x",
                new Array(
                        dev.javelin.api.TensorType.of(DType.FLOAT64, 2, 8),
                        four.get("x").memory().asSlice(2 * 8 * 8)));
        try (Run whole = Run.open(dropout(), sgd(Run.signature(4, four)));
                Run half = Run.open(dropout(), sgd(Run.signature(2, lower)))) {
            long all = (long)
                    whole.session().train(1, 0, 7, List.of(Run.batch(4, four))).loss();
            HostBatch rows2And3 = new HostBatch(Run.batch(2, lower).fields(), 2, 2);
            long part = (long) half.session().train(1, 0, 7, List.of(rows2And3)).loss();
            assertEquals(all >>> 17, part >>> 17, "the kept elements of rows 2 and 3, as bits");
        }
    }

    private static CompileOptions sgd(dev.javelin.engine.trace.Signature signature) {
        return CompileOptions.training(DType.FLOAT64, signature, ParameterGroup.all(new Sgd(0.9, 0, false)));
    }

    // Frozen and shared parameters ----------------------------------------------------------------------------------

    @Test
    void frozenParametersStayAsTheyAreAndHaveNoOptimizerState() {
        Sketch sketch = Sketch.of((self, step) -> Sketch.total(
                        self.value("a", step).multiply(self.value("b", step)).sum()))
                .with("a", Shape.of(5))
                .withFrozen("b", Shape.of(5));
        CompileOptions options = CompileOptions.training(
                DType.FLOAT64, Run.signature(1, Map.of()), ParameterGroup.all(AdamW.standard()));
        try (Run run = Run.open(sketch, options)) {
            double[] a = run.parameter("a");
            double[] b = run.parameter("b");
            run.session().train(1, 0.1, 7, List.of(Run.batch(1, Map.of())));
            assertArrayEquals(b, run.parameter("b"));
            assertFalse(java.util.Arrays.equals(a, run.parameter("a")));
            assertEquals(
                    List.of("a:param", "a:m", "a:v", "b:param"),
                    StateMap.persistent(run.compilation()).stream()
                            .map(entry -> entry.path() + ":" + entry.kind())
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void parametersOfTwoUnitsThatHaveOneGradientAreBothTrained(boolean clip) {
        Sketch sketch = Sketch.of((self, step) -> Sketch.total(self.value("a", step)
                        .add(self.value("b", step))
                        .square()
                        .sum()))
                .with("a", Shape.of(5))
                .with("b", Shape.of(5));
        CompileOptions options = sgd(Run.signature(1, Map.of()));
        try (Run run = Run.open(sketch, clip ? options.withClipping(Clipping.byValue(1e3)) : options)) {
            double[] a = run.parameter("a");
            double[] b = run.parameter("b");
            run.session().train(1, 0.1, 7, List.of(Run.batch(1, Map.of())));
            double[] newA = run.parameter("a");
            double[] newB = run.parameter("b");
            for (int i = 0; i < 5; i++) {
                assertEquals(a[i] - 0.2 * (a[i] + b[i]), newA[i], 1e-14);
                assertEquals(b[i] - 0.2 * (a[i] + b[i]), newB[i], 1e-14);
            }
        }
    }

    @Test
    void theLossIsDividedByItsWeightOnceOverAllMicroBatches() {
        Map<String, Array> one = Map.of("x", Array.of(DType.FLOAT64, Shape.of(2), 3, 5));
        Map<String, Array> two = Map.of("x", Array.of(DType.FLOAT64, Shape.of(2), 7, 100));
        Sketch sketch = Sketch.of((self, step) -> {
                    Tensor weights = step.rowWeights();
                    Tensor x = step.input("x").multiply(self.value("a", step));
                    return new Loss(x.multiply(weights).sum(), weights.sum());
                })
                .with("a", Shape.scalar());
        CompileOptions options = CompileOptions.training(
                        DType.FLOAT64, Run.signature(2, one), ParameterGroup.all(new Sgd(0, 0, false)))
                .withAccumulation(2);
        try (Run run = Run.open(sketch, options)) {
            double a = run.parameter("a")[0];
            HostBatch padded = new HostBatch(Run.batch(2, two).fields(), 1, 2);
            StepResult result = run.session().train(1, 0.1, 7, List.of(Run.batch(2, one), padded));
            assertEquals(15 * a, result.lossSum(), 1e-13);
            assertEquals(3, result.weight(), "a padding row has no weight");
            assertEquals(5, result.gradientNorm(), 1e-13);
            assertEquals(a - 0.1 * 5, run.parameter("a")[0], 1e-13);
        }
    }

    // Reports -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void loggedScalarsAreMeansOverMicroBatchesAndPrintsAppearInOrder(int count) {
        List<String> printed = new ArrayList<>();
        Map<String, Array> x = Map.of("x", Array.of(DType.FLOAT64, Shape.of(1), 0));
        Sketch sketch = Sketch.of((self, step) -> {
                    Tensor field = step.input("x").sum();
                    Tensor loss = field.multiply(self.value("a", step)).sum();
                    step.log("field", field);
                    step.log("loss again", loss);
                    step.log("the parameter", self.value("a", step).reshape(Shape.scalar()));
                    step.print("before", self.value("a", step));
                    step.print("field", field);
                    return Sketch.total(loss);
                })
                .with("a", Shape.of(1), dev.javelin.api.Initializer.constant(3));
        CompileOptions options = CompileOptions.training(
                        DType.FLOAT64, Run.signature(1, x), ParameterGroup.all(new Sgd(0, 0, false)))
                .withAccumulation(count);
        try (Run run = Run.open(sketch, options, SessionOptions.standard().withPrinter(printed::add))) {
            List<HostBatch> batches = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                batches.add(Run.batch(1, Map.of("x", Array.of(DType.FLOAT64, Shape.of(1), i + 1))));
            }
            StepResult result = run.session().train(1, 0.5, 7, batches);
            double mean = (count + 1) / 2.0;
            assertEquals(Map.of("field", mean, "loss again", 3 * mean, "the parameter", 3.0), result.logged());
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                expected.add("before: F64[1] [3.0]");
                expected.add("field: F64[] [" + (i + 1) + ".0]");
            }
            assertEquals(expected, printed);
            assertEquals(3 - 0.5 * mean, run.parameter("a")[0], 1e-14);
        }
    }

    @Test
    void validationReportsItsOwnScalarsAndLeavesTheStateAlone() {
        Map<String, Array> x = Map.of("x", Array.of(DType.FLOAT64, Shape.of(2), 3, 4));
        Sketch sketch = Sketch.of((self, step) -> {
                    Tensor loss =
                            step.input("x").multiply(self.value("a", step)).sum();
                    step.log(step.training() ? "train only" : "validation only", loss);
                    return Sketch.total(loss);
                })
                .with("a", Shape.scalar());
        CompileOptions options = sgd(Run.signature(2, x)).withValidation(Run.signature(2, x));
        try (Run run = Run.open(sketch, options)) {
            StepResult train = run.session().train(1, 0.1, 7, List.of(Run.batch(2, x)));
            assertEquals(java.util.Set.of("train only"), train.logged().keySet());
            Map<String, double[]> before = Fixtures.state(run.session());
            StepResult result = run.session().validate(Run.batch(2, x));
            assertEquals(Map.of("validation only", result.lossSum()), result.logged());
            assertEquals(7 * run.parameter("a")[0], result.lossSum(), 1e-13);
            assertTrue(Double.isNaN(result.gradientNorm()));
            assertSameBits(before, Fixtures.state(run.session()));
        }
    }
}
