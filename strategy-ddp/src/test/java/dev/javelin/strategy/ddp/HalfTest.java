package dev.javelin.strategy.ddp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.models.ModelSpec;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gradients that travel in 16 bits: exact where 16 bits hold them, rounded where not, and half as many bytes. */
class HalfTest {
    private static final Slopes MODEL = Slopes.of("a", 37, 11).with("b", 5);

    private static Job job(String compression, DType dtype, int ranks) {
        return Job.of(MODEL, rows -> MODEL.signature(rows, dtype))
                .withDType(dtype)
                .with("compression", compression)
                .withRanks(ranks);
    }

    private static List<List<Job.After>> run(Job job, Batches.Element element) {
        return job.run(Batches.slopes(MODEL, job.dtype(), job.rows(), Map.of("a", element, "b", element)));
    }

    @ParameterizedTest
    @CsvSource({
        "fp16,FLOAT32,2,1",
        "fp16,FLOAT64,4,1",
        "bf16,FLOAT32,2,1",
        "bf16,FLOAT64,4,1",
        "fp16,FLOAT32,4,2",
        "bf16,FLOAT32,2,4"
    })
    void whatSixteenBitsHoldIsSummedExactly(String compression, DType dtype, int ranks, int accumulation) {
        Job job = job(compression, dtype, ranks).withAccumulation(accumulation);
        Batches.Element element = (step, micro, row, i) -> new Random(31L * step + 7 * row + i).nextInt(-3, 4) * 0.25;
        List<List<Job.After>> many = run(job, element);
        for (int step = 1; step <= job.steps(); step++) {
            double[] sum = Batches.sum(element, step, accumulation, job.rows(), 37 * 11);
            for (List<Job.After> rank : many) {
                assertArrayEquals(sum, rank.get(step - 1).gradients().get("a"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"fp16,2,1,4", "fp16,3,2,5", "fp16,4,1,2", "bf16,2,1,4", "bf16,3,2,5", "bf16,4,1,2"})
    void whatTheyDoNotHoldIsRounded(String compression, int ranks, int accumulation, long rows) {
        Job job = job(compression, DType.FLOAT32, ranks)
                .withAccumulation(accumulation)
                .withRows(rows);
        Batches.Element element = Batches.normal(5);
        List<List<Job.After>> many = run(job, element);
        // each rank's gradient is rounded once and each sum once, by at most half a unit in the last place
        double unit = compression.equals("fp16") ? 0x1p-11 : 0x1p-8;
        double worst = 0;
        for (int step = 1; step <= job.steps(); step++) {
            double[] sum = Batches.sum(element, step, accumulation, rows, 37 * 11);
            double[] most = Batches.sum(absolute(element), step, accumulation, rows, 37 * 11);
            for (List<Job.After> rank : many) {
                double[] actual = rank.get(step - 1).gradients().get("a");
                assertArrayEquals(many.getFirst().get(step - 1).gradients().get("a"), actual);
                for (int i = 0; i < sum.length; i++) {
                    double error = Math.abs(actual[i] - sum[i]);
                    assertTrue(error <= ranks * unit * most[i] + 1e-5, i + ": " + actual[i] + " for " + sum[i]);
                    worst = Math.max(worst, error / most[i]);
                }
            }
        }
        assertTrue(worst > unit / 64, "nothing was rounded: " + worst);
    }

    private static Batches.Element absolute(Batches.Element element) {
        return (step, micro, row, i) -> Math.abs(element.at(step, micro, row, i));
    }

    @ParameterizedTest
    @CsvSource({"2", "3"})
    void largeSumsDoNotOverflowFp16(int ranks) {
        Job job = job("fp16", DType.FLOAT32, ranks).withRows(64).withSteps(1);
        List<List<Job.After>> many = run(job, (step, micro, row, i) -> 30_000);
        for (List<Job.After> rank : many) {
            assertTrue(rank.getFirst().result().finite());
            assertEquals(64 * 30_000.0, rank.getFirst().gradients().get("a")[17], 64 * 30_000 * 0x1p-9);
        }
    }

    @ParameterizedTest
    @CsvSource({"none,8", "fp16,2", "bf16,2"})
    void theBytesAreThoseOfTheNarrowerType(String compression, int bytes) {
        Job job = job(compression, DType.FLOAT64, 2).withSteps(1);
        long elements = job.compile().chunks().all().stream()
                .mapToLong(chunk -> chunk.type().elements())
                .sum();
        run(job, Batches.normal(1))
                .forEach(rank ->
                        assertEquals(elements * bytes, rank.getFirst().sent().bytes()));
    }

    @ParameterizedTest
    @CsvSource({"fp16,1", "bf16,1", "fp16,3", "bf16,3"})
    void aModelTrainsAsItDoesWithoutThem(String compression, int accumulation) {
        Job plain = Job.of(
                        ModelSpec.parse("gpt:layers=1,width=16,heads=2,vocab=13,block=8")
                                .module(),
                        rows -> Batches.tokens(rows, 8))
                .withDType(DType.FLOAT32)
                .withGroups(ParameterGroup.noDecayForVectors(AdamW.standard()), 1e-2)
                .withAccumulation(accumulation)
                .withRanks(2)
                .withThreads(2)
                .withSteps(8);
        Job.Data same = (step, micro) -> Batches.randomTokens(4, 8, 13).batch(1, micro);
        List<Job.After> exact = plain.run(same).getFirst();
        List<Job.After> rounded =
                plain.with("compression", compression).run(same).getFirst();
        double first = exact.getFirst().result().loss();
        double expected = exact.getLast().result().loss();
        assertTrue(expected < 0.85 * first, first + " to " + expected);
        assertEquals(expected, rounded.getLast().result().loss(), 0.02 * (first - expected));
    }
}
