package dev.javelin.engine.lower;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.Optimizer;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Averaging.Validation;
import dev.javelin.engine.Array;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.MemoryReport;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.StepResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Averages of the weights against plain Java in doubles, over several steps. */
class AveragingTest {
    private static final int STEPS = 9;
    private static final double RATE = 0.05;
    private static final Map<String, Array> X = Map.of("x", Array.of(DType.FLOAT64, Shape.of(1), 2));
    private static final HostBatch BATCH = Run.batch(1, X);

    /** loss = x · (f · Σ a² + Σ a·b), f frozen and a used twice. */
    private static Sketch module() {
        return Sketch.of((self, step) -> {
                    Tensor a = self.value("a", step);
                    Tensor squares = a.multiply(self.value("a", step)).multiply(self.value("f", step));
                    Tensor sum = squares.add(a.multiply(self.value("b", step))).sum();
                    return Sketch.total(step.input("x").multiply(sum).sum());
                })
                .with("a", Shape.of(3, 5))
                .with("b", Shape.of(3, 5))
                .withFrozen("f", Shape.of(3, 5));
    }

    private static double loss(double[] a, double[] b, double[] f) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += 2 * (f[i] * a[i] * a[i] + a[i] * b[i]);
        }
        return sum;
    }

    private static CompileOptions options(Averaging averaging, Optimizer optimizer) {
        return CompileOptions.training(DType.FLOAT64, Run.signature(1, X), ParameterGroup.all(optimizer))
                .withValidation(Run.signature(1, X))
                .withAveraging(averaging);
    }

    /** The average of one parameter, from the definition of the kind: nothing here knows a rate. */
    private static double[] expected(Averaging averaging, List<double[]> history) {
        double[] average = history.getLast().clone();
        if (history.size() - 1 <= averaging.start()) {
            return average;
        }
        List<double[]> averaged = new ArrayList<>();
        for (long step = averaging.start(); step < history.size(); step += averaging.every()) {
            averaged.add(history.get((int) step));
        }
        for (int i = 0; i < average.length; i++) {
            double value = averaged.getFirst()[i];
            double sum = value;
            for (int n = 1; n < averaged.size(); n++) {
                double decay =
                        averaging.warmup() ? Math.min(averaging.decay(), (1.0 + n) / (10.0 + n)) : averaging.decay();
                value = decay * value + (1 - decay) * averaged.get(n)[i];
                sum += averaged.get(n)[i];
            }
            average[i] = averaging.kind() == Averaging.Kind.SWA ? sum / averaged.size() : value;
        }
        return average;
    }

    static Stream<Arguments> averagings() {
        List<Averaging> kinds = List.of(
                Averaging.ema(0.9).withWarmup(false),
                Averaging.ema(0.3),
                Averaging.ema(0.999),
                Averaging.ema(0.5).withStart(4).withEvery(2),
                Averaging.ema(0),
                Averaging.swa(1),
                Averaging.swa(3).withEvery(3),
                Averaging.swa(STEPS + 5));
        return kinds.stream().flatMap(kind -> Stream.of("false", "true").map(plain -> Arguments.of(kind, plain)));
    }

    @ParameterizedTest
    @MethodSource("averagings")
    void theAverageFollowsItsDefinitionAndValidationTakesIt(Averaging averaging, String decompose) {
        CompileOptions options = options(averaging.withValidation(Validation.BOTH), AdamW.standard());
        try (Run run = Run.open(module(), options, "decompose", decompose)) {
            double[] f = run.parameter("f");
            List<double[]> a = new ArrayList<>(List.of(run.parameter("a")));
            List<double[]> b = new ArrayList<>(List.of(run.parameter("b")));
            assertArrayEquals(a.getFirst(), average(run, "a"), "before the first step");
            for (int step = 1; step <= STEPS; step++) {
                assertTrue(run.session().train(step, RATE, 7, List.of(BATCH)).finite());
                a.add(run.parameter("a"));
                b.add(run.parameter("b"));
                assertArrayEquals(expected(averaging, a), average(run, "a"), 1e-13, "a after step " + step);
                assertArrayEquals(expected(averaging, b), average(run, "b"), 1e-13, "b after step " + step);
                double mean = loss(average(run, "a"), average(run, "b"), f);
                assertEquals(mean, run.session().validate(BATCH).loss(), 1e-12, "validation after step " + step);
                double last = loss(run.parameter("a"), run.parameter("b"), f);
                assertEquals(last, run.session().validateLast(BATCH).loss(), 1e-12, "last after step " + step);
            }
            assertFalse(Fixtures.state(run.session()).containsKey("f:average"), "a frozen parameter has no average");
        }
    }

    private static double[] average(Run run, String path) {
        return Fixtures.state(run.session()).get(path + ":average");
    }

    @Test
    void whoMovesByWholeParametersHasTheSameAverages() {
        record Matrices(Sgd rule) implements Optimizer {
            @Override
            public String name() {
                return "matrices";
            }

            @Override
            public List<String> slots() {
                return rule.slots();
            }

            @Override
            public List<String> scalars() {
                return rule.scalars();
            }

            @Override
            public double scalar(String name, long step) {
                return rule.scalar(name, step);
            }

            @Override
            public Granularity granularity() {
                return Granularity.MATRIX;
            }

            @Override
            public List<Tensor> update(Site site) {
                return rule.update(site);
            }
        }
        Sgd rule = new Sgd(0.9, 0.1, false);
        Map<String, double[]> whole = train(options(Averaging.ema(0.5), new Matrices(rule)), 1);
        Map<String, double[]> flat = train(options(Averaging.ema(0.5), rule), 1);
        assertTrue(flat.containsKey("a:average"));
        flat.forEach((key, values) -> assertArrayEquals(values, whole.get(key), 1e-14, key));
    }

    private static Map<String, double[]> train(CompileOptions options, int microBatches) {
        try (Run run = Run.open(module(), options.withAccumulation(microBatches))) {
            for (int step = 1; step <= STEPS; step++) {
                run.session().train(step, RATE, 7, Collections.nCopies(microBatches, BATCH));
            }
            return Fixtures.state(run.session());
        }
    }

    @Test
    void microBatchesDoNotMoveTheAverageOnlyStepsDo() {
        CompileOptions options = options(Averaging.swa(2), new Sgd(0, 0, false));
        Map<String, double[]> one = train(options, 1);
        Map<String, double[]> three = train(options, 3);
        one.forEach((key, values) -> assertArrayEquals(values, three.get(key), 1e-12, key));
    }

    @Test
    void aStepThatIsNotFiniteLeavesTheAverageAlone() {
        try (Run run = Run.open(module(), options(Averaging.ema(0.5), AdamW.standard()))) {
            run.session().train(1, RATE, 7, List.of(BATCH));
            run.session().train(2, RATE, 7, List.of(BATCH));
            Map<String, double[]> before = Fixtures.state(run.session());
            HostBatch nan = Run.batch(1, Map.of("x", Array.of(DType.FLOAT64, Shape.of(1), Double.NaN)));
            StepResult result = run.session().train(3, RATE, 7, List.of(nan));
            assertFalse(result.finite());
            Map<String, double[]> after = Fixtures.state(run.session());
            before.forEach((key, values) -> assertArrayEquals(values, after.get(key), key));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"32", "64"})
    void averagesCostTheBytesOfTheTrainableParametersPredictedAndMeasured(String precision) {
        DType dtype = precision.equals("32") ? DType.FLOAT32 : DType.FLOAT64;
        CompileOptions plain = CompileOptions.training(
                        dtype, Fixtures.tokens(2, 5), ParameterGroup.noDecayForVectors(AdamW.standard()))
                .withValidation(Fixtures.tokens(2, 5));
        var gpt = Fixtures.gpt("layers=2,width=24,heads=3,vocab=31,block=9,tied=true");
        MemoryReport without = Compilation.compile(gpt, plain, Fixtures.HALVES, Fixtures.planner())
                .memory();
        assertEquals(0, without.averages());
        try (Run run = Run.open(gpt, plain.withAveraging(Averaging.ema(0.99)))) {
            MemoryReport memory = run.compilation().memory();
            assertEquals(without.parameters(), memory.averages());
            assertEquals(without.parameters() + without.optimizer(), memory.averages() + memory.optimizer());
            run.session().train(1, RATE, 7, List.of(Fixtures.randomTokens(2, 5, 31, 3)));
            run.session().validate(Fixtures.randomTokens(2, 5, 31, 3));
            assertEquals(memory.peakBytes(), run.accelerator().usage().peakBytes());
        }
    }

    @Test
    void onlyTheProgramsThatAreAskedForAreCompiled() {
        for (Validation choice : Validation.values()) {
            CompileOptions options = options(Averaging.ema(0.5).withValidation(choice), new Sgd(0, 0, false));
            try (Run run = Run.open(module(), options)) {
                Set<String> expected = choice == Validation.BOTH
                        ? Set.of("train.only", "validate", "validate.last")
                        : Set.of("train.only", "validate");
                assertEquals(expected, run.compilation().programs().keySet());
                run.session().train(1, RATE, 7, List.of(BATCH));
                run.session().train(2, RATE, 7, List.of(BATCH));
                String taken = choice == Validation.LAST ? ":param" : ":average";
                Map<String, double[]> state = Fixtures.state(run.session());
                assertEquals(
                        loss(state.get("a" + taken), state.get("b" + taken), state.get("f:param")),
                        run.session().validate(BATCH).loss(),
                        1e-12);
            }
        }
    }

    @Test
    void ratesOutOfRangeAreRefused() {
        List<Runnable> wrong = List.of(
                () -> Averaging.ema(1),
                () -> Averaging.ema(-0.1),
                () -> Averaging.ema(Double.NaN),
                () -> Averaging.swa(0),
                () -> Averaging.swa(1).withEvery(0),
                () -> Averaging.none().withValidation(Validation.AVERAGE));
        Set<String> codes = wrong.stream()
                .map(one -> assertThrows(JavelinException.class, one::run).code())
                .collect(Collectors.toSet());
        assertEquals(Set.of("JVL-CFG-0013"), codes);
    }
}
