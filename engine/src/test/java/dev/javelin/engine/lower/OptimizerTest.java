package dev.javelin.engine.lower;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Loss;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.Optimizer;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.StepResult;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.Unit;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Update rules and clipping against plain Java in doubles, over several steps. */
class OptimizerTest {
    private static final int STEPS = 6;
    private static final double RATE = 0.05;
    private static final double WEIGHT = 4;
    private static final List<HostBatch> EMPTY = List.of(Run.batch(1, Map.of()));

    /** loss = Σ (a⁴/4 + 3·a·b + b²) with weight 4: gradients that change from step to step. */
    private static Sketch module() {
        return Sketch.of((self, step) -> {
                    Tensor a = self.value("a", step);
                    Tensor b = self.value("b", step);
                    Tensor quartic = a.square().square().multiply(0.25);
                    Tensor sum = quartic.add(a.multiply(b).multiply(3))
                            .add(b.square())
                            .sum();
                    return new Loss(sum, sum.full(Shape.scalar(), WEIGHT));
                })
                .with("a", Shape.of(3, 3))
                .with("b", Shape.of(3, 3));
    }

    /** The independent implementation. */
    private static final class Plain {
        final double[] a;
        final double[] b;
        final double[][] slots;
        private int step;

        Plain(double[] a, double[] b) {
            this.a = a;
            this.b = b;
            slots = new double[4][a.length];
        }

        void step(Optimizer forA, double factorA, Optimizer forB, double factorB, Clipping clipping) {
            step++;
            double[] ga = new double[a.length];
            double[] gb = new double[a.length];
            double squares = 0;
            for (int i = 0; i < a.length; i++) {
                ga[i] = (a[i] * a[i] * a[i] + 3 * b[i]) / WEIGHT;
                gb[i] = (3 * a[i] + 2 * b[i]) / WEIGHT;
                squares += ga[i] * ga[i] + gb[i] * gb[i];
            }
            double scale = clipping.norm() > 0 ? Math.min(1, clipping.norm() / (Math.sqrt(squares) + 1e-6)) : 1;
            update(forA, factorA, a, clipped(ga, scale, clipping), slots[0], slots[1]);
            update(forB, factorB, b, clipped(gb, scale, clipping), slots[2], slots[3]);
        }

        private static double[] clipped(double[] g, double scale, Clipping clipping) {
            for (int i = 0; i < g.length; i++) {
                g[i] *= scale;
                if (clipping.value() > 0) {
                    g[i] = Math.clamp(g[i], -clipping.value(), clipping.value());
                }
            }
            return g;
        }

        private void update(Optimizer rule, double factor, double[] p, double[] g, double[] first, double[] second) {
            double rate = RATE * factor;
            for (int i = 0; i < p.length; i++) {
                switch (rule) {
                    case Sgd sgd -> {
                        double d = g[i] + sgd.weightDecay() * p[i];
                        if (sgd.momentum() > 0) {
                            first[i] = sgd.momentum() * first[i] + d;
                            d = sgd.nesterov() ? d + sgd.momentum() * first[i] : first[i];
                        }
                        p[i] -= rate * d;
                    }
                    case AdamW adam -> {
                        double d = g[i];
                        if (adam.decoupled()) {
                            p[i] -= rate * adam.weightDecay() * p[i];
                        } else {
                            d += adam.weightDecay() * p[i];
                        }
                        first[i] = adam.beta1() * first[i] + (1 - adam.beta1()) * d;
                        second[i] = adam.beta2() * second[i] + (1 - adam.beta2()) * d * d;
                        double m = first[i] / (1 - Math.pow(adam.beta1(), step));
                        double v = second[i] / (1 - Math.pow(adam.beta2(), step));
                        p[i] -= rate * m / (Math.sqrt(v) + adam.epsilon());
                    }
                    default -> throw new IllegalArgumentException(rule.name());
                }
            }
        }
    }

    static Stream<Arguments> settings() {
        List<Optimizer> rules = List.of(
                new Sgd(0, 0, false),
                new Sgd(0, 0.1, false),
                new Sgd(0.9, 0, false),
                new Sgd(0.9, 0.1, false),
                new Sgd(0.8, 0.05, true),
                AdamW.standard(),
                new AdamW(0.8, 0.99, 1e-3, 0, true),
                new AdamW(0.9, 0.999, 1e-8, 0.2, false));
        return rules.stream()
                .flatMap(rule -> Stream.of(
                                Clipping.none(), Clipping.byNorm(0.3), Clipping.byNorm(1e6), Clipping.byValue(0.2))
                        .map(clipping -> Arguments.of(rule, clipping)));
    }

    private static void assertFollows(
            Plain plain, Runnable step, List<ParameterGroup> groups, Clipping clipping, String... device) {
        CompileOptions options = CompileOptions.training(DType.FLOAT64, Run.signature(1, Map.of()), groups)
                .withClipping(clipping);
        try (Run run = Run.open(module(), options, device)) {
            System.arraycopy(run.parameter("a"), 0, plain.a, 0, 9);
            System.arraycopy(run.parameter("b"), 0, plain.b, 0, 9);
            for (int i = 1; i <= STEPS; i++) {
                assertTrue(run.session().train(i, RATE, 7, EMPTY).finite());
                step.run();
                assertArrayEquals(plain.a, run.parameter("a"), 1e-12, "a after step " + i);
                assertArrayEquals(plain.b, run.parameter("b"), 1e-12, "b after step " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everyRuleUnderEveryClippingFollowsItsFormula(Optimizer rule, Clipping clipping) {
        for (String decompose : List.of("false", "true")) {
            Plain plain = new Plain(new double[9], new double[9]);
            assertFollows(
                    plain,
                    () -> plain.step(rule, 1, rule, 1, clipping),
                    ParameterGroup.all(rule),
                    clipping,
                    "decompose",
                    decompose);
        }
    }

    @Test
    void groupsHaveRulesAndFactorsOfTheirOwnAndTheFirstThatMatchesWins() {
        Optimizer sgd = new Sgd(0.9, 0, false);
        Optimizer adam = AdamW.standard();
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("b alone", (path, parameter) -> path.equals("b"), sgd, 0.1),
                new ParameterGroup("rest", (path, parameter) -> true, adam, 3));
        Plain plain = new Plain(new double[9], new double[9]);
        Clipping clipping = Clipping.byNorm(0.5);
        assertFollows(plain, () -> plain.step(adam, 3, sgd, 0.1, clipping), groups, clipping);
    }

    @Test
    void aParameterWithoutAGroupIsRefused() {
        List<ParameterGroup> groups =
                List.of(new ParameterGroup("b", (path, parameter) -> path.equals("b"), new Sgd(0, 0, false), 1));
        CompileOptions options = CompileOptions.training(DType.FLOAT64, Run.signature(1, Map.of()), groups);
        JavelinException error = assertThrows(JavelinException.class, () -> Run.open(module(), options));
        assertEquals("JVL-CFG-0010", error.code());
        assertTrue(error.problem().contains("parameter a"), error.problem());
    }

    @Test
    void aFrozenParameterNeedsNoGroup() {
        Sketch sketch = Sketch.of((self, step) -> Sketch.total(
                        self.value("b", step).multiply(self.value("f", step)).sum()))
                .with("b", Shape.of(2))
                .withFrozen("f", Shape.of(2));
        List<ParameterGroup> groups =
                List.of(new ParameterGroup("b", (path, parameter) -> path.equals("b"), new Sgd(0, 0, false), 1));
        try (Run run = Run.open(sketch, CompileOptions.training(DType.FLOAT64, Run.signature(1, Map.of()), groups))) {
            assertTrue(run.session().train(1, 0.1, 7, EMPTY).finite());
        }
    }

    @Test
    void aGroupNamedFrozenIsNotMixedWithFrozenParameters() {
        Sketch sketch = Sketch.of((self, step) -> Sketch.total(
                        self.value("b", step).multiply(self.value("f", step)).sum()))
                .with("b", Shape.of(2))
                .withFrozen("f", Shape.of(2));
        List<ParameterGroup> groups =
                List.of(new ParameterGroup("frozen", (path, parameter) -> true, new Sgd(0, 0, false), 1));
        CompileOptions options = CompileOptions.training(DType.FLOAT64, Run.signature(1, Map.of()), groups);
        var compilation = Compilation.compile(
                sketch,
                options,
                (model, context) -> ParallelPlan.of(List.of(new Unit("all", List.of("b", "f")))),
                Fixtures.planner());
        assertEquals(2, compilation.chunks().all().size(), "a trainable and a frozen chunk");
    }

    // Norms ---------------------------------------------------------------------------------------------------------

    /** A loss whose gradients span many orders of magnitude, so that any order of adding squares would show. */
    private static Sketch wide() {
        Sketch sketch = Sketch.of((self, step) -> {
            Tensor sum = null;
            for (int i = 0; i < 7; i++) {
                Tensor x = self.value("x" + i, step).multiply(Math.pow(10, 3 * i - 9));
                Tensor part = x.square().multiply(x).sum();
                sum = sum == null ? part : sum.add(part);
            }
            return Sketch.total(sum);
        });
        for (int i = 0; i < 7; i++) {
            sketch.with("x" + i, Shape.of(11, 3));
        }
        return sketch;
    }

    private static StepResult clipped(Strategy strategy, double[][] weights) {
        CompileOptions options = CompileOptions.training(
                        DType.FLOAT32, Run.signature(1, Map.of()), ParameterGroup.all(new Sgd(0, 0, false)))
                .withClipping(Clipping.byNorm(0.1));
        try (Run run = Run.open(wide(), options, strategy)) {
            StepResult result = run.session().train(1, 0.5, 7, EMPTY);
            for (int i = 0; i < 7; i++) {
                weights[i] = run.parameter("x" + i);
            }
            return result;
        }
    }

    @Test
    void theNormAndTheClippedWeightsHaveTheSameBitsForOneUnitAndForMany() {
        double[][] one = new double[7][];
        double[][] many = new double[7][];
        double[][] reversed = new double[7][];
        var names = Stream.of(0, 1, 2, 3, 4, 5, 6).map(i -> "x" + i).toList();
        StepResult a = clipped((m, c) -> plan(List.of(names)), one);
        StepResult b = clipped((m, c) -> plan(names.stream().map(List::of).toList()), many);
        StepResult r = clipped((m, c) -> plan(List.of(names.reversed())), reversed);
        assertEquals(a.gradientNorm(), b.gradientNorm());
        assertEquals(a.gradientNorm(), r.gradientNorm());
        for (int i = 0; i < 7; i++) {
            assertArrayEquals(one[i], many[i], "x" + i);
            assertArrayEquals(one[i], reversed[i], "x" + i);
        }
    }

    private static ParallelPlan plan(List<List<String>> units) {
        return ParallelPlan.of(units.stream()
                .map(paths -> new Unit("unit of " + paths.getFirst(), paths))
                .toList());
    }
}
