package dev.javelin.engine.ranks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.Shape;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.Array;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.StepResult;
import dev.javelin.engine.run.StepScale;
import dev.javelin.engine.run.Team;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.Mesh;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Two ranks in each precision: the same bits on both, near what one rank computes, and skipped steps together. */
class PrecisionReplicasTest {
    private static final int BLOCK = 9;
    private static final int STEPS = 3;

    private record Outcome(Map<String, double[]> state, List<StepResult> results) {}

    private static CompileOptions options(PrecisionPlan precision, int ranks, int accumulation) {
        return CompileOptions.training(
                        precision,
                        Fixtures.tokens(4 / ranks, BLOCK),
                        ParameterGroup.noDecayForVectors(AdamW.standard()))
                .withClipping(Clipping.byNorm(1))
                .withAveraging(Averaging.ema(0.9))
                .withAccumulation(accumulation)
                .withMesh(Mesh.data(ranks));
    }

    private static List<Outcome> run(
            TrainingModule module, CompileOptions options, BiFunction<Integer, Integer, HostBatch> batch) {
        Compilation compilation =
                Compilation.compile(module, options, Fixtures.HALVES, Fixtures.planner("threads", "2"));
        int ranks = options.mesh().size();
        return ranks == 1
                ? List.of(train(compilation, SessionOptions.standard(), 0, batch))
                : Ranks.run(
                        ranks,
                        (Team team) ->
                                train(compilation, SessionOptions.standard().withTeam(team), team.rank(), batch));
    }

    private static Outcome train(
            Compilation compilation, SessionOptions session, int rank, BiFunction<Integer, Integer, HostBatch> batch) {
        try (Accelerator device = Fixtures.device("threads", "2");
                Session run = Session.open(compilation, device, session.withPoison(true))) {
            run.initialize(7);
            List<StepResult> results = new ArrayList<>();
            for (int step = 1; step <= STEPS; step++) {
                List<HostBatch> batches = new ArrayList<>();
                for (int micro = 0; micro < compilation.options().accumulation(); micro++) {
                    batches.add(batch.apply(10 * step + micro, rank));
                }
                results.add(run.train(step, 1e-2, 7, batches, new StepScale(256, 0)));
            }
            return new Outcome(Fixtures.state(run), results);
        }
    }

    private static HostBatch tokens(int seed, int rank, int ranks) {
        HostBatch whole = Fixtures.randomTokens(4, BLOCK, 31, seed);
        long rows = 4 / ranks;
        Map<String, java.lang.foreign.MemorySegment> fields = new java.util.TreeMap<>();
        whole.fields()
                .forEach((name, memory) -> fields.put(name, memory.asSlice(rank * rows * BLOCK * 4, rows * BLOCK * 4)));
        return new HostBatch(fields, rows, rank * rows);
    }

    private static TrainingModule gpt() {
        return Fixtures.gpt("layers=2,width=16,heads=2,vocab=31,block=9");
    }

    private static void requireEqual(List<Outcome> outcomes) {
        outcomes.getFirst()
                .state()
                .forEach((key, values) ->
                        assertArrayEquals(values, outcomes.getLast().state().get(key), key));
        for (int i = 0; i < STEPS; i++) {
            assertEquals(
                    outcomes.getFirst().results().get(i).loss(),
                    outcomes.getLast().results().get(i).loss());
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void twoRanksHaveTheSameBitsAndLearnWhatOneLearns(Precision precision) {
        for (int accumulation : new int[] {1, 3}) {
            List<Outcome> one =
                    run(gpt(), options(precision.plan(), 1, accumulation), (seed, rank) -> tokens(seed, 0, 1));
            List<Outcome> two =
                    run(gpt(), options(precision.plan(), 2, accumulation), (seed, rank) -> tokens(seed, rank, 2));
            requireEqual(two);
            for (int i = 0; i < STEPS; i++) {
                double expected = one.getFirst().results().get(i).loss();
                assertTrue(two.getFirst().results().get(i).finite());
                assertEquals(expected, two.getFirst().results().get(i).loss(), 1e-2 * expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"BF16_MIXED,BFLOAT16", "MIXED_16,FLOAT16", "TRUE_32,BFLOAT16", "BF16_TRUE,FLOAT32", "TRUE_16,FLOAT32"})
    void gradientsTravelInTheTypeThatIsAskedFor(Precision precision, DType reduce) {
        PrecisionPlan plan = precision.plan().withReduce(reduce);
        List<Outcome> changed = run(gpt(), options(plan, 2, 1), (seed, rank) -> tokens(seed, rank, 2));
        requireEqual(changed);
        Compilation compilation =
                Compilation.compile(gpt(), options(plan, 2, 1), Fixtures.HALVES, Fixtures.planner("threads", "2"));
        long padded = compilation.chunks().all().stream()
                .mapToLong(chunk -> chunk.type().elements())
                .sum();
        assertEquals(
                padded * reduce.bytes(),
                changed.getFirst().results().getFirst().communication().bytes(),
                "half a gather and half a scatter of all elements");
    }

    /** loss = Σ x · w, whose gradient on a rank is the sum of its rows times the scale. */
    @Test
    void anOverflowOnOneRankSkipsTheStepOnBoth() {
        Sketch sketch = Sketch.of((self, step) -> Sketch.total(
                        step.input("x").matmul(self.value("w", step)).sum()))
                .with("w", Shape.of(2, 1), Initializer.constant(1e-3));
        Map<String, Array> form = Map.of("x", Array.zeros(dev.javelin.api.TensorType.of(DType.FLOAT32, 2, 2)));
        CompileOptions options = CompileOptions.training(
                        Precision.MIXED_16.plan(), Run.signature(2, form), ParameterGroup.all(AdamW.standard()))
                .withMesh(Mesh.data(2));
        List<Outcome> outcomes = run(sketch, options, (seed, rank) -> {
            double x = seed == 20 && rank == 1 ? 60000 : 1;
            return Run.batch(2, Map.of("x", Array.of(DType.FLOAT32, Shape.of(2, 2), x, 1, 1, 1)));
        });
        for (Outcome outcome : outcomes) {
            assertTrue(outcome.results().get(0).finite());
            assertFalse(outcome.results().get(1).finite(), "the gradient of rank 1 overflows in step 2");
            assertTrue(Double.isFinite(outcome.results().get(1).loss()));
            assertTrue(outcome.results().get(2).finite(), "and training goes on");
        }
        requireEqual(outcomes);
    }
}
