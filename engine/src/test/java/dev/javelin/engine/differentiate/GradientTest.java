package dev.javelin.engine.differentiate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.run.HostBatch;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradient rules against central differences of the loss, in 64-bit, through a compiled session. */
class GradientTest {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 2e-8;
    private static final double SAME = 1e-12;

    static Stream<GradientCase> cases() {
        return GradientCases.all();
    }

    static CompileOptions options(GradientCase one) {
        return CompileOptions.training(
                        DType.FLOAT64, Run.signature(1, one.fields()), ParameterGroup.all(AdamW.standard()))
                .withAveraging(Averaging.ema(0.5))
                .withKeepGradients(true);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsAreTheSlopesOfTheLossWithFusedKernelsAndWithTheirDecompositions(GradientCase one) {
        double[][] fused = prove(one, "decompose", "false");
        double[][] decomposed = prove(one, "decompose", "true");
        for (int i = 0; i < fused.length; i++) {
            assertClose(fused[i], decomposed[i], SAME, "kernel and decomposition, array " + i);
        }
    }

    /** The loss, then the gradients, after they were checked. */
    private static double[][] prove(GradientCase one, String... device) {
        try (Run run = Run.open(one.module(), options(one), device)) {
            List<HostBatch> batches = List.of(Run.batch(1, one.fields()));
            double loss = run.session().train(1, 0, 7, batches).lossSum();
            double[][] results = new double[one.shapes().size() + 1][];
            results[0] = new double[] {loss};
            for (int i = 0; i < one.shapes().size(); i++) {
                results[i + 1] = run.gradient("x" + i);
            }
            for (int i = 0; i < one.shapes().size(); i++) {
                assertClose(slopes(run, "x" + i, batches), results[i + 1], TOLERANCE, "argument " + i);
            }
            return results;
        }
    }

    private static double[] slopes(Run run, String path, List<HostBatch> batches) {
        double[] x = run.parameter(path);
        double[] slopes = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double h = STEP * Math.max(1, Math.abs(x[i]));
            double before = x[i];
            x[i] = before + h;
            run.setParameter(path, x);
            double right = run.session().train(1, 0, 7, batches).lossSum();
            double up = x[i];
            x[i] = before - h;
            run.setParameter(path, x);
            double left = run.session().train(1, 0, 7, batches).lossSum();
            slopes[i] = (right - left) / (up - x[i]);
            x[i] = before;
        }
        run.setParameter(path, x);
        return slopes;
    }

    private static void assertClose(double[] expected, double[] actual, double tolerance, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs(expected[i] - actual[i]) / Math.max(1, Math.abs(expected[i]));
            assertTrue(error <= tolerance, what + ", element " + i + ": " + expected[i] + " and " + actual[i]);
        }
    }

    @Test
    void noGradientFlowsThroughStopGradient() {
        Sketch sketch = Sketch.of((self, step) -> {
            Tensor x = self.value("x", step);
            return Sketch.total(x.stopGradient().multiply(x).sum());
        });
        assertGradientIsTheParameterTimes(1, sketch.with("x", Shape.of(5)));
    }

    @Test
    void aCastToSinglePrecisionCastsItsGradientBack() {
        Sketch sketch = Sketch.of((self, step) -> {
            Tensor x = self.value("x", step);
            Tensor narrow = x.cast(DType.FLOAT32).multiply(0.1);
            return Sketch.total(
                    narrow.cast(DType.FLOAT64).multiply(x.stopGradient()).sum());
        });
        try (Run run = Run.open(sketch.with("x", Shape.of(5)), plain())) {
            run.session().train(1, 0, 7, List.of(Run.batch(1, Map.of())));
            double[] expected = new double[5];
            double[] x = run.parameter("x");
            IntStream.range(0, 5).forEach(i -> expected[i] = (float) 0.1 * (float) x[i]);
            assertClose(expected, run.gradient("x"), 1e-6, "cast");
            for (double value : run.gradient("x")) {
                assertEquals((float) value, value, "a gradient that passed single precision");
            }
        }
    }

    @Test
    void theGradientOfATieGoesToTheFirstOperandAndThatOfReluAndAbsAtZeroIsZero() {
        Sketch sketch = Sketch.of((self, step) -> {
            Tensor a = self.value("a", step);
            Tensor b = self.value("b", step);
            Tensor z = self.value("z", step);
            return Sketch.total(
                    a.maximum(b).add(a.minimum(b)).add(z.relu()).add(z.abs()).sum());
        });
        for (String name : List.of("a", "b", "z")) {
            sketch.with(name, Shape.of(3), dev.javelin.api.Initializer.zeros());
        }
        try (Run run = Run.open(sketch, plain())) {
            run.session().train(1, 0, 7, List.of(Run.batch(1, Map.of())));
            assertArrayEquals(new double[] {2, 2, 2}, run.gradient("a"));
            assertArrayEquals(new double[] {0, 0, 0}, run.gradient("b"));
            assertArrayEquals(new double[] {0, 0, 0}, run.gradient("z"));
        }
    }

    @Test
    void anOperationWithoutGradientRuleIsRefusedWithItsPlace() {
        Sketch sketch =
                Sketch.of((self, step) -> Sketch.total(self.value("x", step).max()));
        JavelinException error =
                assertThrows(JavelinException.class, () -> Run.open(sketch.with("x", Shape.of(5)), plain()));
        assertEquals("JVL-API-0005", error.code());
        assertTrue(error.problem().contains("reduce_max"), error.problem());
    }

    private static CompileOptions plain() {
        return CompileOptions.training(DType.FLOAT64, Run.signature(1, Map.of()), ParameterGroup.all(AdamW.standard()))
                .withKeepGradients(true);
    }

    private static void assertGradientIsTheParameterTimes(double factor, Sketch sketch) {
        try (Run run = Run.open(sketch, plain())) {
            run.session().train(1, 0, 7, List.of(Run.batch(1, Map.of())));
            double[] expected = run.parameter("x");
            IntStream.range(0, expected.length).forEach(i -> expected[i] *= factor);
            assertArrayEquals(expected, run.gradient("x"), 0);
        }
    }
}
