package dev.javelin.engine.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.Optimizer;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.LossScaling;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Training in each precision: states have the types that the precision says, and numbers agree within what those hold. */
class PrecisionTest {
    private static final String LLAMA = "layers=2,width=16,heads=4,kvHeads=2,vocab=31,block=9";
    private static final String GPT = "layers=2,width=16,heads=2,vocab=31,block=9,dropout=0.1";
    private static final int BLOCK = 9;
    private static final int STEPS = 4;

    private static CompileOptions options(PrecisionPlan precision, Optimizer optimizer, int accumulation) {
        return CompileOptions.training(precision, Fixtures.tokens(4, BLOCK), ParameterGroup.all(optimizer))
                .withAccumulation(accumulation)
                .withClipping(Clipping.byNorm(1))
                .withAveraging(Averaging.ema(0.5))
                .withKeepGradients(true);
    }

    private static List<HostBatch> batches(int step, int accumulation) {
        List<HostBatch> batches = new ArrayList<>();
        for (int micro = 0; micro < accumulation; micro++) {
            batches.add(Fixtures.randomTokens(4, BLOCK, 31, 10L * step + micro));
        }
        return batches;
    }

    /** Steps at a scale that does not overflow; the losses. */
    private static List<Double> train(Run run, int accumulation) {
        List<Double> losses = new ArrayList<>();
        for (int step = 1; step <= STEPS; step++) {
            StepResult result = run.session().train(step, 1e-2, 7, batches(step, accumulation), new StepScale(1024, 0));
            assertTrue(result.finite(), "step " + step);
            losses.add(result.loss());
        }
        return losses;
    }

    private static TrainingModule llama() {
        return dev.javelin.models.ModelSpec.parse("llama:" + LLAMA).module();
    }

    static Stream<Arguments> trainings() {
        return Stream.of(Precision.values())
                .flatMap(precision -> Stream.of(1, 3)
                        .flatMap(accumulation -> Stream.of(AdamW.standard(), new Sgd(0.9, 0.1, true))
                                .map(optimizer -> Arguments.of(precision, accumulation, optimizer))));
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void lossesAreThoseOfDoublesWithinWhatTheTypesHold(Precision precision, int accumulation, Optimizer optimizer) {
        for (TrainingModule module : List.of(Fixtures.gpt(GPT), llama())) {
            try (Run exact = Run.open(module, options(Precision.TRUE_64.plan(), optimizer, accumulation));
                    Run run = Run.open(module, options(precision.plan(), optimizer, accumulation))) {
                List<Double> expected = train(exact, accumulation);
                List<Double> actual = train(run, accumulation);
                double tolerance = switch (precision) {
                    case TRUE_64 -> 1e-12;
                    case TRUE_32 -> 1e-5;
                    default -> 1e-2;
                };
                for (int i = 0; i < STEPS; i++) {
                    assertEquals(expected.get(i), actual.get(i), expected.get(i) * tolerance, "step " + (i + 1));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void statesHaveTheTypesOfThePrecisionAndMemoryIsAsPredicted(Precision precision) {
        PrecisionPlan plan = precision.plan();
        Compilation compilation = Compilation.compile(
                Fixtures.gpt(GPT), options(plan, AdamW.standard(), 2), Fixtures.HALVES, Fixtures.planner());
        try (Accelerator device = Fixtures.device();
                Session session = Session.open(
                        compilation, device, SessionOptions.standard().withPoison(true))) {
            session.initialize(7);
            session.train(1, 1e-2, 7, batches(1, 2));
            assertEquals(compilation.memory().peakBytes(), device.usage().peakBytes());
        }
        for (StateEntry entry : StateMap.persistent(compilation)) {
            DType expected = switch (entry.kind()) {
                case StateEntry.PARAM -> plan.master();
                case StateEntry.AVERAGE -> plan.master().wide();
                default -> plan.slots();
            };
            assertEquals(expected, entry.type().dtype(), entry.kind());
        }
        StateMap.gradients(compilation)
                .forEach(entry -> assertEquals(plan.gradAccum(), entry.type().dtype()));
        boolean weights =
                compilation.slots().offsets().keySet().stream().anyMatch(slot -> slot.kind() == Slot.Kind.WEIGHTS);
        assertEquals(plan.mixed(), weights);
    }

    private static Map<String, double[]> trained(PrecisionPlan plan, String... device) {
        try (Run run = Run.open(Fixtures.gpt(GPT), options(plan, AdamW.standard(), 2), device)) {
            train(run, 2);
            return Fixtures.state(run.session());
        }
    }

    private static void requireSame(Map<String, double[]> expected, Map<String, double[]> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((key, values) -> assertArrayEquals(values, actual.get(key), key));
    }

    /** Conversions in each program, and copies that updates write, are the same numbers. */
    @ParameterizedTest
    @EnumSource(names = {"BF16_MIXED", "MIXED_16"})
    void residentAndDerivedWeightsGiveTheSameBits(Precision precision) {
        PrecisionPlan plan = precision.plan();
        requireSame(
                trained(plan.withWeights(PrecisionPlan.Weights.RESIDENT)),
                trained(plan.withWeights(PrecisionPlan.Weights.DERIVED)));
        requireSame(trained(plan, "threads", "1"), trained(plan, "threads", "3"));
    }

    /** A power of two changes no bit of what neither over- nor underflows. */
    @Test
    void theScaleOfTheLossCancelsInFloat32Updates() {
        for (double scale : new double[] {1, 64, 4096}) {
            try (Run scaled = Run.open(
                    Fixtures.gpt(GPT),
                    options(Precision.MIXED_16.plan(), AdamW.standard(), 1).withClipping(Clipping.none()))) {
                StepResult result = scaled.session().train(1, 1e-2, 7, batches(1, 1), new StepScale(scale, 0));
                double unscaled = norm(1);
                assertEquals(unscaled, result.gradientNorm(), unscaled * 2e-3, "scale " + scale);
            }
        }
    }

    private static double norm(int step) {
        try (Run run = Run.open(Fixtures.gpt(GPT), options(Precision.TRUE_64.plan(), AdamW.standard(), 1))) {
            return run.session().train(step, 1e-2, 7, batches(step, 1)).gradientNorm();
        }
    }

    @Test
    void anOverflowSkipsTheStep() {
        CompileOptions options = options(Precision.MIXED_16.plan(), AdamW.standard(), 1);
        try (Run skipping = Run.open(Fixtures.gpt(GPT), options)) {
            Map<String, double[]> before = Fixtures.state(skipping.session());
            StepResult overflow = skipping.session().train(1, 1e-2, 7, batches(2, 1), new StepScale(0x1p40, 0));
            assertFalse(overflow.finite());
            assertTrue(Double.isFinite(overflow.loss()), "the forward pass is not scaled");
            requireSame(before, Fixtures.state(skipping.session()));
        }
    }

    @Test
    void theCorrectionsOfAdamFollowTheStepsThatWereNotSkipped() {
        CompileOptions options =
                options(Precision.MIXED_16.plan(), AdamW.standard(), 1).withAveraging(Averaging.none());
        TrainingModule module = Fixtures.gpt("layers=1,width=8,heads=2,vocab=31,block=9"); // no dropout: no step in it
        try (Run skipping = Run.open(module, options);
                Run plain = Run.open(module, options)) {
            assertFalse(skipping.session()
                    .train(1, 1e-2, 7, batches(2, 1), new StepScale(0x1p40, 0))
                    .finite());
            skipping.session().train(2, 1e-2, 7, batches(1, 1), new StepScale(1024, 1));
            plain.session().train(1, 1e-2, 7, batches(1, 1), new StepScale(1024, 0));
            requireSame(Fixtures.state(plain.session()), Fixtures.state(skipping.session()));
        }
    }

    @Test
    void whatOverflowsIsNamedByItsLayer() {
        CompileOptions options = options(Precision.MIXED_16.plan(), AdamW.standard(), 1);
        try (Run run = Run.open(Fixtures.gpt(GPT), options)) {
            double[] large = new double[16];
            java.util.Arrays.fill(large, 10000);
            run.setParameter("h.1.ln_2.weight", large);
            List<HostBatch> batches = batches(1, 1);
            StepScale scale = new StepScale(0x1p10, 0);
            while (run.session().train(1, 0, 7, batches, scale).finite()) {
                scale = new StepScale(scale.scale() * 2, 0);
            }
            NonFinite found =
                    run.session().findNonFinite(1, 1e-2, 7, batches, scale).orElseThrow();
            assertTrue(found.what().contains("layer h.1."), found.what());
            assertTrue(Double.isInfinite(found.value()) || Double.isNaN(found.value()));
        }
    }

    /** One instruction writes param, slots and weights where the device has a kernel for it. */
    @Test
    void anUpdateWritesTheWeightsToo() {
        Compilation compilation = Compilation.compile(
                Fixtures.gpt(GPT),
                options(Precision.BF16_MIXED.plan(), AdamW.standard(), 1),
                Fixtures.HALVES,
                Fixtures.planner());
        List<Instruction> updates = compilation.program("train.only").schedule().program().instructions().stream()
                .filter(instruction -> instruction.operation().name().equals("adamw"))
                .toList();
        assertEquals(2, updates.size());
        updates.forEach(update -> assertEquals(4, update.outputs().size()));
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16_MIXED", "BF16_TRUE", "MIXED_16", "TRUE_16"})
    void gradientsAndSlotsCanHaveOtherTypes(Precision precision) {
        PrecisionPlan plan = precision.plan();
        DType other = plan.gradAccum() == DType.FLOAT32 ? plan.compute() : DType.FLOAT32;
        PrecisionPlan changed = plan.withGradAccum(other).withSlots(DType.FLOAT32);
        try (Run run = Run.open(Fixtures.gpt(GPT), options(changed, AdamW.standard(), 3));
                Run exact = Run.open(Fixtures.gpt(GPT), options(Precision.TRUE_64.plan(), AdamW.standard(), 3))) {
            List<Double> expected = train(exact, 3);
            List<Double> actual = train(run, 3);
            for (int i = 0; i < STEPS; i++) {
                assertEquals(expected.get(i), actual.get(i), expected.get(i) * 1e-2);
            }
            StateMap.gradients(run.compilation())
                    .forEach(entry -> assertEquals(other, entry.type().dtype()));
        }
    }

    @Test
    void aPlanChangesTypesOfGradientsButNotOfParameters() {
        Strategy narrow = (model, context) -> Fixtures.HALVES
                .plan(model, context)
                .withPrecision(context.precision().withGradAccum(DType.BFLOAT16));
        CompileOptions options = options(Precision.BF16_MIXED.plan(), AdamW.standard(), 2);
        Compilation compilation = Compilation.compile(Fixtures.gpt(GPT), options, narrow, Fixtures.planner());
        assertEquals(DType.BFLOAT16, compilation.precision().gradAccum());
        assertEquals(
                DType.BFLOAT16,
                StateMap.gradients(compilation).getFirst().type().dtype());
        Strategy other =
                (model, context) -> Fixtures.HALVES.plan(model, context).withPrecision(Precision.TRUE_64.plan());
        JavelinException refused = assertThrows(
                JavelinException.class,
                () -> Compilation.compile(Fixtures.gpt(GPT), options, other, Fixtures.planner()));
        assertEquals("JVL-ENG-0007", refused.code());
        assertTrue(ParallelPlan.of(List.of()).precision().isEmpty());
    }

    @Test
    void theScaleIsOfTheMeanLossWhateverTheBatch() {
        CompileOptions options = options(Precision.MIXED_16.plan(), AdamW.standard(), 2);
        Compilation compilation = Compilation.compile(Fixtures.gpt(GPT), options, Fixtures.HALVES, Fixtures.planner());
        assertEquals(128, compilation.lossDivisor(), "2 · 4 · 9 tokens, up to a power of two");
        PrecisionPlan fixed = Precision.MIXED_16.plan().withScaling(LossScaling.fixed(8));
        assertEquals(8, LossScale.begin(fixed.scaling()).scale());
    }
}
