package dev.javelin.engine.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.engine.Array;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.Tracing;
import dev.javelin.sample.Divider;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Writing programs: what a user's unit test sees, and how mistakes in model code are named. */
class TracingTest {
    private static final Map<String, Array> X = Map.of("x", Array.of(DType.FLOAT32, Shape.of(2, 3), 1, 2, 3, 4, 5, 6));

    private static JavelinException refused(Sketch sketch) {
        return assertThrows(JavelinException.class, () -> compile(sketch));
    }

    private static Compilation compile(Sketch sketch) {
        CompileOptions options =
                CompileOptions.training(DType.FLOAT32, Run.signature(2, X), ParameterGroup.all(new Sgd(0, 0, false)));
        return Compilation.compile(sketch, options, Fixtures.HALVES, Fixtures.planner());
    }

    private static Sketch sketch(BiFunction<Sketch, Step, Loss> loss) {
        return Sketch.of(loss).with("a", Shape.of(3));
    }

    private static void assertError(String code, String part, JavelinException error) {
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(error.problem().contains(part), error.problem());
    }

    // Evaluating a layer --------------------------------------------------------------------------------------------

    @Test
    void aLayerIsEvaluatedOnAnArray() {
        Array half = Tracing.run(new Divider(), Array.of(Shape.of(2, 2), 1f, 2f, 3f, 5f));
        assertEquals(Shape.of(2, 2), half.type().shape());
        assertArrayEquals(new double[] {0.5, 1, 1.5, 2.5}, half.toDoubles());
    }

    @Test
    void aLayerWithSeveralInputsIsEvaluatedByAFunctionOfThem() {
        Map<String, Array> inputs = new LinkedHashMap<>();
        inputs.put("ids", Array.of(Shape.of(2), 2, 0));
        inputs.put("table", Array.of(DType.FLOAT64, Shape.of(3, 2), 1, 2, 3, 4, 5, 6));
        inputs.put("shift", Array.of(DType.FLOAT64, Shape.of(2), 10, 20));
        Array rows = Tracing.run(
                new Divider(),
                inputs,
                step -> step.input("ids").lookup(step.input("table")).add(step.input("shift")));
        assertArrayEquals(new double[] {15, 26, 11, 22}, rows.toDoubles());
    }

    @Test
    void anInputThatIsReturnedAsItIsComesBack() {
        Array same = Tracing.run(new Divider(), X, step -> step.input("x").reshape(3, 2));
        assertEquals(Shape.of(3, 2), same.type().shape());
        assertArrayEquals(X.get("x").toDoubles(), same.toDoubles());
    }

    @Test
    void aLayersParametersHaveTheirFirstValues() {
        Layer scaled = new Layer() {
            private final Parameter scale = parameter("scale", Shape.of(1), Initializer.normal(1));

            @Override
            protected Tensor forward(Tensor input) {
                return scale.on(input).add(input.multiply(0));
            }
        };
        float expected = (float) Initializer.normal(1).value(new Initializer.Source(1, "scale"), 0);
        assertEquals(expected, Tracing.run(scaled, Array.of(Shape.of(1), 3f)).get(0));
    }

    // Mistakes ------------------------------------------------------------------------------------------------------

    @Test
    void aShapeErrorNamesTheLayersPathAndTheUsersLine() {
        Divider divider = new Divider(Shape.of(2));
        Sketch sketch = sketch((self, step) ->
                        Sketch.total(divider.apply(self.value("a", step)).sum()))
                .withChild("wrong", divider);
        JavelinException error = refused(sketch);
        assertError("JVL-API-0004", "(layer wrong, Divider.java:" + Divider.LINE + ")", error);
        assertTrue(error.problem().contains("[3] and [2]"), error.problem());
    }

    @Test
    void aMissingGradientRuleNamesItsPlace() {
        Sketch sketch =
                sketch((self, step) -> Sketch.total(self.value("a", step).max()));
        assertError(
                "JVL-API-0005",
                "reduce_max has no gradient rule, but a trainable parameter reaches it (forward",
                refused(sketch));
    }

    @Test
    void anUnusedTrainableParameterIsRefused() {
        Sketch sketch = sketch(
                        (self, step) -> Sketch.total(self.value("a", step).sum()))
                .with("b", Shape.of(7));
        assertError("JVL-API-0022", "parameter b", refused(sketch));
        Sketch cut = sketch((self, step) ->
                Sketch.total(self.value("a", step).stopGradient().sum()));
        assertError("JVL-API-0022", "parameter a", refused(cut));
    }

    @Test
    void aParameterOutsideOfTheTreeIsRefused() {
        Divider stranger = new Divider();
        Sketch sketch = sketch((self, step) ->
                Sketch.total(stranger.apply(self.value("a", step)).sum()));
        assertError("JVL-API-0021", "outside the model's tree", refused(sketch));
    }

    @Test
    void aTensorKeptAcrossProgramsIsRefused() {
        List<Tensor> kept = new ArrayList<>();
        Sketch sketch = sketch((self, step) -> {
            kept.add(self.value("a", step));
            return Sketch.total(self.value("a", step).add(kept.getFirst()).sum());
        });
        compile(sketch);
        assertError("JVL-API-0020", "belongs to another program", refused(sketch));
    }

    @Test
    void theValueOfATensorCannotBeAskedFor() {
        Sketch sketch = sketch((self, step) -> {
            Tensor sum = self.value("a", step).sum();
            return Sketch.total(sum.item() > 0 ? sum : sum.negate());
        });
        assertError("JVL-API-0009", "while the program is being written", refused(sketch));
    }

    @Test
    void aFieldThatTheDataLacksIsNamedWithThoseThatAreThere() {
        Sketch sketch = sketch((self, step) ->
                Sketch.total(self.value("a", step).multiply(step.input("y")).sum()));
        assertError("JVL-API-0008", "'y', the data has [x]", refused(sketch));
    }

    @Test
    void aLossThatIsNoScalarIsRefused() {
        Sketch sketch = sketch((self, step) -> Sketch.total(self.value("a", step)));
        assertError("JVL-API-0007", "expected floating scalars", refused(sketch));
    }

    @Test
    void aNameLoggedTwiceIsRefused() {
        Sketch sketch = sketch((self, step) -> {
            Tensor sum = self.value("a", step).sum();
            step.log("sum", sum);
            step.log("sum", sum);
            return Sketch.total(sum);
        });
        assertError("JVL-API-0024", "'sum'", refused(sketch));
    }

    @Test
    void aLossThatIsAParameterItselfIsTrained() {
        Sketch sketch = Sketch.of((self, step) -> Sketch.total(self.value("a", step)))
                .with("a", Shape.scalar(), Initializer.constant(5));
        CompileOptions options = CompileOptions.training(
                DType.FLOAT64, Run.signature(1, Map.of()), ParameterGroup.all(new Sgd(0, 0, false)));
        try (Run run = Run.open(sketch, options)) {
            assertEquals(
                    5,
                    run.session()
                            .train(1, 0.5, 7, List.of(Run.batch(1, Map.of())))
                            .loss());
            assertEquals(4.5, run.parameter("a")[0]);
        }
    }
}
