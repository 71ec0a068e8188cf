package dev.javelin.engine.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.Shape;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.Optimizer;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.engine.Array;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.sample.Divider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A step that meets a number that is not finite writes nothing and can say where it came from. */
class NonFiniteTest {

    private static CompileOptions options(Map<String, Array> fields, Optimizer optimizer) {
        return CompileOptions.training(DType.FLOAT32, Run.signature(2, fields), ParameterGroup.all(optimizer));
    }

    private static Map<String, Array> x(double first, double second) {
        return Map.of("x", Array.of(DType.FLOAT32, Shape.of(2), first, second));
    }

    /** loss = Σ (x / divisor) · a, with the division in the layer "halves". */
    private static Sketch divided() {
        Divider divider = new Divider();
        return Sketch.of((self, step) -> Sketch.total(divider.apply(step.input("x"))
                        .multiply(self.value("a", step))
                        .sum()))
                .with("a", Shape.of(2), Initializer.constant(0.5))
                .withChild("halves", divider);
    }

    static Stream<Arguments> settings() {
        List<Arguments> all = new ArrayList<>();
        for (Optimizer optimizer : List.of(new Sgd(0, 0, false), new Sgd(0.9, 0.1, true), AdamW.standard())) {
            for (Clipping clipping : List.of(Clipping.none(), Clipping.byNorm(1), Clipping.byValue(1))) {
                for (int accumulation : new int[] {1, 2, 3}) {
                    all.add(Arguments.of(optimizer, clipping, accumulation));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("settings")
    void aStepWithANotFiniteNumberInAnyMicroBatchWritesNothing(
            Optimizer optimizer, Clipping clipping, int accumulation) {
        CompileOptions options =
                options(x(1, 2), optimizer).withClipping(clipping).withAccumulation(accumulation);
        try (Run run = Run.open(divided(), options)) {
            HostBatch good = Run.batch(2, x(1, 2));
            List<HostBatch> batches = new ArrayList<>();
            for (int i = 0; i < accumulation; i++) {
                batches.add(good);
            }
            assertTrue(run.session().train(1, 0.1, 7, batches).finite());
            Map<String, double[]> before = Fixtures.state(run.session());
            for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
                for (int at = 0; at < accumulation; at++) {
                    List<HostBatch> spoiled = new ArrayList<>(batches);
                    spoiled.set(at, Run.batch(2, x(1, bad)));
                    assertFalse(run.session().train(2, 0.1, 7, spoiled).finite());
                    Fixtures.state(run.session())
                            .forEach((key, values) -> assertArrayEquals(before.get(key), values, key));
                }
            }
            assertTrue(run.session().train(2, 0.1, 7, batches).finite(), "and training goes on");
            assertFalse(Arrays.equals(before.get("a:param"), run.parameter("a")));
        }
    }

    @Test
    void aFiniteLossWithInfiniteGradientsWritesNothing() {
        Sketch sketch = Sketch.of((self, step) ->
                        Sketch.total(self.value("a", step).sqrt().sum()))
                .with("a", Shape.of(2), Initializer.zeros());
        try (Run run = Run.open(sketch, options(x(1, 1), AdamW.standard()))) {
            List<HostBatch> batches = List.of(Run.batch(2, x(1, 1)));
            StepResult result = run.session().train(1, 0.1, 7, batches);
            assertEquals(0, result.loss());
            assertFalse(result.finite());
            assertArrayEquals(new double[] {0, 0}, run.parameter("a"));
            String what = found(run, batches);
            assertTrue(what.startsWith("divide"), what);
        }
    }

    private static String found(Run run, List<HostBatch> batches) {
        Map<String, double[]> before = Fixtures.state(run.session());
        NonFinite fault = run.session().findNonFinite(1, 0.1, 7, batches).orElseThrow();
        assertFalse(Double.isFinite(fault.value()));
        Fixtures.state(run.session()).forEach((key, values) -> assertArrayEquals(before.get(key), values, key));
        return fault.what();
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2, false", "1, true"})
    void aDivisionByZeroIsNamedByItsLayerOperationAndLine(int accumulation, boolean decompose) {
        CompileOptions options = options(x(1, 2), AdamW.standard()).withAccumulation(accumulation);
        Sketch sketch = divided();
        try (Run run = Run.open(sketch, options, "decompose", Boolean.toString(decompose))) {
            run.setParameter("halves.divisor", 0);
            List<HostBatch> batches = java.util.Collections.nCopies(accumulation, Run.batch(2, x(1, 2)));
            assertFalse(run.session().train(1, 0.1, 7, batches).finite());
            assertEquals("divide (layer halves, Divider.java:" + Divider.LINE + ")", found(run, batches));
        }
    }

    @Test
    void theLogarithmOfANegativeNumberIsNamed() {
        Sketch sketch = Sketch.of((self, step) -> Sketch.total(
                        step.input("x").multiply(self.value("a", step)).log().sum()))
                .with("a", Shape.of(2), Initializer.ones());
        try (Run run = Run.open(sketch, options(x(1, 1), AdamW.standard()))) {
            List<HostBatch> batches = List.of(Run.batch(2, x(1, -1)));
            assertFalse(run.session().train(1, 0.1, 7, batches).finite());
            String what = found(run, batches);
            assertTrue(what.startsWith("log (forward"), what);
        }
    }

    @Test
    void aParameterAnOptimizerStateOrAFieldThatIsAlreadyNotFiniteIsBlamedFirst() {
        try (Run run = Run.open(divided(), options(x(1, 1), AdamW.standard()))) {
            List<HostBatch> data = List.of(Run.batch(2, x(1, Double.NaN)));
            assertEquals("the field 'x' of the data, element 1", found(run, data));
            run.setParameter("a", 1, Double.POSITIVE_INFINITY);
            assertEquals("the param of a, element 1", found(run, data));
        }
    }

    @Test
    void masksThatAreInfiniteOnPurposeAreNotBlamed() {
        CompileOptions options =
                CompileOptions.training(DType.FLOAT32, Fixtures.tokens(2, 5), ParameterGroup.all(AdamW.standard()));
        try (Run run =
                Run.open(Fixtures.gpt("layers=1,width=8,heads=2,vocab=11,block=5"), options, "decompose", "true")) {
            List<HostBatch> batches = List.of(Fixtures.randomTokens(2, 5, 11, 3));
            assertTrue(run.session().train(1, 0.1, 7, batches).finite());
            run.setParameter("h.0.mlp_fc.bias", overflowing(run.parameter("h.0.mlp_fc.bias").length));
            assertFalse(run.session().train(2, 0.1, 7, batches).finite());
            String what = found(run, batches);
            assertTrue(what.contains("layer h.0"), what);
        }
    }

    private static double[] overflowing(int length) {
        double[] values = new double[length];
        Arrays.fill(values, 3e38f);
        return values;
    }

    @Test
    void anIdOutsideOfTheTableIsNamedAtItsLookup() {
        CompileOptions options =
                CompileOptions.training(DType.FLOAT32, Fixtures.tokens(2, 5), ParameterGroup.all(AdamW.standard()));
        try (Run run = Run.open(Fixtures.gpt("layers=1,width=8,heads=2,vocab=11,block=5"), options)) {
            List<HostBatch> batches = List.of(Fixtures.randomTokens(2, 5, 50, 3));
            assertFalse(run.session().train(1, 0.1, 7, batches).finite());
            String what = found(run, batches);
            assertTrue(what.startsWith("embedding (layer "), what);
        }
    }
}
