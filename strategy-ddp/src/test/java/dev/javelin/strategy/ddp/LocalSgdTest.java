package dev.javelin.strategy.ddp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.javelin.api.optimizer.Sgd;
import dev.javelin.engine.Share;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Post-local SGD against a simulation in scalars: each rank its own parameter and momentum. */
class LocalSgdTest {
    private static final Slopes MODEL = Slopes.of("a", 3, 2);
    private static final double RATE = 0.5;
    private static final double MOMENTUM = 0.9;

    private static Job job(int ranks, long start, long period) {
        return Job.of(MODEL)
                .withOptimizer(new Sgd(MOMENTUM, 0, false), RATE)
                .with("localSgdStartStep", Long.toString(start), "localSgdPeriod", Long.toString(period))
                .withRanks(ranks);
    }

    /** Parameters of each rank behind each step, [step][rank], of one element. */
    private static double[][] simulated(Job job, long start, long period, Batches.Element element, int i) {
        int ranks = job.ranks();
        double[] value = new double[ranks];
        double[] momentum = new double[ranks];
        double[][] all = new double[job.steps()][];
        for (int step = 1; step <= job.steps(); step++) {
            double total = 0;
            double[] sums = new double[ranks];
            for (int rank = 0; rank < ranks; rank++) {
                Share share = Share.of(job.rows(), rank, ranks);
                for (long row = share.first(); row < share.first() + share.rows(); row++) {
                    for (int micro = 0; micro < job.accumulation(); micro++) {
                        sums[rank] += element.at(step, micro, (int) row, i);
                    }
                }
                total += sums[rank];
            }
            for (int rank = 0; rank < ranks; rank++) {
                long rows = Share.of(job.rows(), rank, ranks).rows() * job.accumulation();
                double own = rows == 0 ? 0 : sums[rank] / rows;
                double mean = total / (job.rows() * job.accumulation());
                momentum[rank] = MOMENTUM * momentum[rank] + (step > start ? own : mean);
                value[rank] -= RATE * momentum[rank];
            }
            if (step > start && (step - start) % period == 0) {
                Arrays.fill(value, Arrays.stream(value).sum() / ranks);
            }
            all[step - 1] = value.clone();
        }
        return all;
    }

    @ParameterizedTest(name = "{0} ranks, {4} rows, {5} micro-batches, local from step {1} + 1, averaged every {2}")
    @CsvSource({"2,2,3,12,4,1", "3,1,2,9,6,1", "4,3,1,8,4,2", "2,4,4,13,5,3", "3,2,2,8,2,1"})
    void ranksGoOnByThemselvesAndMeetEveryPeriod(int ranks, int start, int period, int steps, long rows, int micros) {
        Job job = job(ranks, start, period).withSteps(steps).withRows(rows).withAccumulation(micros);
        Batches.Element element = Batches.normal(3);
        List<List<Job.After>> many = job.run(Batches.slopes(MODEL, job.dtype(), rows, Map.of("a", element)));
        for (int i = 0; i < 6; i++) {
            double[][] expected = simulated(job, start, period, element, i);
            for (int step = 1; step <= steps; step++) {
                for (int rank = 0; rank < ranks; rank++) {
                    double actual = many.get(rank).get(step - 1).state().get("a:param")[i];
                    assertEquals(expected[step - 1][rank], actual, 1e-12, "step " + step + " rank " + rank);
                }
            }
        }
    }

    @Test
    void ranksDifferBetweenMeetingsAndAreEqualBehindThem() {
        Job job = job(3, 2, 3).withSteps(8);
        List<List<Job.After>> many = job.run(Batches.slopes(MODEL, job.dtype(), 4, Map.of("a", Batches.normal(4))));
        for (int step = 1; step <= 8; step++) {
            List<double[]> values = Batches.across(many, step, "a:param");
            if (step <= 2 || (step - 2) % 3 == 0) {
                assertArrayEquals(values.get(0), values.get(1), "step " + step);
                assertArrayEquals(values.get(0), values.get(2), "step " + step);
            } else {
                assertNotEquals(values.get(0)[0], values.get(1)[0], "step " + step);
            }
        }
    }

    @Test
    void gradientsAreNotSentAnyMoreAndParametersEveryPeriod() {
        Job job = job(2, 2, 3).withSteps(6);
        List<Job.After> rank = job.run(Batches.slopes(MODEL, job.dtype(), 4, Map.of("a", Batches.normal(4))))
                .getFirst();
        long bytes = job.compile().chunks().of("a").type().bytes();
        long[] sent = rank.stream().mapToLong(after -> after.sent().bytes()).toArray();
        assertArrayEquals(new long[] {bytes, bytes, 0, 0, bytes, 0}, sent);
        assertFalse(job.compile().plan().replicasIdentical());
    }
}
