package dev.javelin.strategy.ddp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.program.Site;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.models.ModelSpec;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.spi.strategy.GradientReducer;
import dev.javelin.spi.strategy.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks under ddp compute what one rank computes that has all rows. */
class ReplicasTest {
    private static final int BLOCK = 9;
    private static final int VOCABULARY = 31;

    /** Buckets of a few KB, so that a small model has several. */
    private static final String[] SMALL = {"bucketMegabytes", "0.02", "firstBucketMegabytes", "0.005"};

    private static Job gpt() {
        TrainingModule module = ModelSpec.parse("gpt:layers=2,width=24,heads=3,vocab=31,block=9")
                .module();
        return Job.of(module, rows -> Batches.tokens(rows, BLOCK))
                .withGroups(ParameterGroup.noDecayForVectors(AdamW.standard()), 1e-2)
                .with(SMALL);
    }

    private static List<List<Job.After>> run(Job job) {
        return job.run(Batches.randomTokens(job.rows(), BLOCK, VOCABULARY));
    }

    private static void assertClose(Map<String, double[]> expected, Map<String, double[]> actual, double tolerance) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((key, values) -> {
            double[] others = actual.get(key);
            for (int i = 0; i < values.length; i++) {
                assertEquals(values[i], others[i], tolerance * (1 + Math.abs(values[i])), key + " element " + i);
            }
        });
    }

    private static void assertEqualBits(List<List<Job.After>> ranks) {
        List<Job.After> first = ranks.getFirst();
        for (List<Job.After> rank : ranks) {
            for (int step = 0; step < first.size(); step++) {
                Map<String, double[]> others = rank.get(step).state();
                first.get(step).state().forEach((key, values) -> assertArrayEquals(values, others.get(key), key));
            }
        }
    }

    @ParameterizedTest(name = "{0} ranks of {1} threads, {2} micro-batches of {3} rows, {4}")
    @CsvSource({
        "2,1,1,4,FLOAT64",
        "3,1,1,6,FLOAT64",
        "4,2,1,4,FLOAT64",
        "2,2,3,4,FLOAT64",
        "4,1,3,5,FLOAT64",
        "3,2,1,4,FLOAT64",
        "4,1,1,2,FLOAT64",
        "2,2,3,5,FLOAT32",
        "4,1,1,6,FLOAT32"
    })
    void ranksTogetherAreOneThatHasAllRows(int ranks, int threads, int accumulation, long rows, DType dtype) {
        Job job = gpt().withAccumulation(accumulation).withRows(rows).withDType(dtype);
        List<Job.After> one = run(job).getFirst();
        List<List<Job.After>> many = run(job.withRanks(ranks).withThreads(threads));
        double tolerance = dtype == DType.FLOAT64 ? 1e-12 : 1e-4;
        for (List<Job.After> rank : many) {
            for (int step = 0; step < one.size(); step++) {
                assertEquals(
                        one.get(step).result().loss(), rank.get(step).result().loss(), tolerance);
                assertClose(one.get(step).gradients(), rank.get(step).gradients(), 10 * tolerance);
                assertClose(one.get(step).state(), rank.get(step).state(), 10 * tolerance);
            }
        }
        assertEqualBits(many);
    }

    @Test
    void bucketsChangeNoBitAndEachIsOneCollective() {
        Job job = gpt().withRanks(3);
        List<List<Job.After>> small = run(job);
        List<List<Job.After>> large = run(job.with());
        for (int step = 0; step < job.steps(); step++) {
            Map<String, double[]> others = large.getFirst().get(step).state();
            small.getFirst()
                    .get(step)
                    .state()
                    .forEach((key, values) -> assertArrayEquals(values, others.get(key), key));
        }
        int buckets = job.compile().plan().units().size();
        assertTrue(buckets > 5, buckets + " buckets");
        assertEquals(buckets, calls(small));
        assertEquals(2, calls(large), "one for each optimizer group");
    }

    private static long calls(List<List<Job.After>> ranks) {
        return ranks.getFirst().getFirst().sent().parts().stream()
                .filter(part -> part.unit().startsWith("bucket."))
                .mapToLong(part -> part.calls())
                .sum();
    }

    /** A table that is also the head, a frozen scale, and a parameter that the loss does not depend on. */
    private static final class Odd extends Layer implements TrainingModule {
        final Parameter table = parameter("table", Shape.of(7, 5), Initializer.normal(0.3));
        final Parameter scale = frozenParameter("scale", Shape.of(5), Initializer.normal(1));
        final Parameter unused = parameter("unused", Shape.of(3), Initializer.ones());

        @Override
        protected Tensor forward(Tensor ids) {
            Tensor rows = ids.lookup(ids.graph().parameter(table)); // [rows, 1, 5]
            Tensor scaled = rows.multiply(ids.graph().parameter(scale)).tanh();
            return scaled.matmulTransposed(ids.graph().parameter(table)); // [rows, 1, 7]
        }

        @Override
        public Layer model() {
            return this;
        }

        @Override
        public Loss trainingStep(Step step) {
            return apply(step.input("tokens")).crossEntropy(step.input("targets"), -1);
        }
    }

    private static Job odd() {
        return Job.of(new Odd(), rows -> Batches.tokens(rows, 1))
                .withOptimizer(AdamW.standard(), 1e-2)
                .with("findUnusedParameters", "true");
    }

    @ParameterizedTest
    @CsvSource({"2,1", "3,1", "2,3", "4,3"})
    void tiedFrozenAndUnusedParametersAreAsOnOneRank(int ranks, int accumulation) {
        Job job = odd().withAccumulation(accumulation);
        Job.Data data = Batches.randomTokens(job.rows(), 1, 7);
        List<Job.After> one = job.run(data).getFirst();
        List<List<Job.After>> many = job.withRanks(ranks).run(data);
        many.forEach(rank -> assertClose(one.getLast().state(), rank.getLast().state(), 1e-12));
        assertEqualBits(many);
        assertFalse(job.compile().chunks().of("unused").trainable());
    }

    @Test
    void frozenParametersAreNotSent() {
        Job job = odd().withRanks(2);
        List<List<Job.After>> ranks = job.run(Batches.randomTokens(job.rows(), 1, 7));
        Compilation compilation = job.compile();
        long elements = compilation.chunks().of("table").type().elements();
        assertEquals(elements * 8, ranks.getFirst().getFirst().sent().bytes());
    }

    @Test
    void unusedParametersAreNamedUnlessAllowed() {
        JavelinException e = assertThrows(
                JavelinException.class, () -> odd().with().withRanks(2).compile());
        assertEquals("JVL-API-0022", e.code());
        assertTrue(e.getMessage().contains("unused"), e.getMessage());
    }

    /** The sum of the gradients times the weight of the step. */
    private record Weighed() implements GradientReducer {
        @Override
        public String name() {
            return "weighed";
        }

        @Override
        public Tensor reduce(Site site) {
            Tensor weighed = site.gradient().multiply(site.weight());
            return weighed.graph().emit(new AllReduce(site.group()), weighed);
        }
    }

    @ParameterizedTest
    @CsvSource({"2,1,4", "3,1,5", "2,2,3", "4,3,2"})
    void aFragmentKnowsTheWeightThatItsSumIsDividedBy(int ranks, int accumulation, long rows) {
        Slopes model = Slopes.of("a", 3).with("b", 2, 2);
        Job job = Job.of(model)
                .withRanks(ranks)
                .withAccumulation(accumulation)
                .withRows(rows)
                .with((inventory, context) -> Job.ddp("bucketMegabytes", "0")
                        .plan(inventory, context)
                        .withStages(List.of(Stage.reducing("weighed").withReducer(new Weighed()))));
        Batches.Element element = Batches.normal(8);
        List<List<Job.After>> many =
                job.run(Batches.slopes(model, job.dtype(), rows, Map.of("a", element, "b", element)));
        for (int step = 1; step <= job.steps(); step++) {
            double[] sum = Batches.sum(element, step, accumulation, rows, 3);
            for (List<Job.After> rank : many) {
                Job.After after = rank.get(step - 1);
                assertEquals(rows * accumulation, after.result().weight());
                for (int i = 0; i < sum.length; i++) {
                    assertEquals(sum[i] * rows * accumulation, after.gradients().get("a")[i], 1e-12);
                }
            }
        }
    }

    /** All but the last bucket: while its sum is under way, backward goes on to the next one. */
    @ParameterizedTest
    @ValueSource(strings = {"", "compression=fp16", "compression=bf16", "powerSgdRank=1,powerSgdStartStep=0"})
    void backwardDoesNotWaitForABucketsSum(String options) {
        List<String> all = new ArrayList<>(List.of(SMALL));
        if (!options.isEmpty()) {
            all.addAll(List.of(options.split("[=,]")));
        }
        Schedule schedule = gpt().with(all.toArray(String[]::new))
                .withRanks(2)
                .withThreads(2)
                .compile()
                .program("train.only")
                .schedule();
        Map<String, Integer> sums = new LinkedHashMap<>();
        for (int i = 0; i < schedule.issues().size(); i++) {
            Schedule.Issue issue = schedule.issues().get(i);
            if (issue.queue() == QueueRole.COMMUNICATION
                    && issue.instruction().site().layer().startsWith("bucket.")) {
                sums.putIfAbsent(issue.instruction().site().layer(), i);
            }
        }
        List<Integer> firsts = List.copyOf(sums.values());
        assertTrue(firsts.size() > 5, sums.toString());
        for (int k = 0; k + 1 < firsts.size(); k++) {
            for (int i = firsts.get(k) + 1; i < firsts.get(k + 1); i++) {
                Schedule.Issue issue = schedule.issues().get(i);
                if (issue.instruction().site().phase() == Site.Phase.BACKWARD
                        && issue.instruction().view().isEmpty()) {
                    assertFalse(schedule.happensBefore(firsts.get(k), i), issue.instruction() + " waits");
                }
            }
        }
    }
}
