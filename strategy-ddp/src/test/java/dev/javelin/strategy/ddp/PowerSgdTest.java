package dev.javelin.strategy.ddp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.engine.Share;
import dev.javelin.models.ModelSpec;
import dev.javelin.spi.strategy.GradientReducer.Chunk;
import dev.javelin.spi.strategy.GradientReducer.State;
import dev.javelin.spi.strategy.GradientReducer.State.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PowerSGD against an oracle, its limits and its invariant. */
class PowerSgdTest {
    private static final int ROWS = 12;
    private static final int COLUMNS = 10;

    /** Two matrices of one shape, one of another, a vector, and a matrix that is not worth compressing. */
    private static final Slopes MODEL = Slopes.of("a", ROWS, COLUMNS)
            .with("bias", 7)
            .with("b", ROWS, 5, 2)
            .with("wide", 6, 40)
            .with("small", 3, 2);

    private static final Batches.Element NORMAL = Batches.normal(11);

    private static Job job(int rank, int ranks, String... options) {
        List<String> all = new ArrayList<>(List.of("powerSgdRank", Integer.toString(rank), "powerSgdStartStep", "0"));
        all.addAll(List.of(options));
        return Job.of(MODEL).with(all.toArray(String[]::new)).withRanks(ranks).withSteps(5);
    }

    private static List<List<Job.After>> run(Job job, Batches.Element element) {
        Map<String, Batches.Element> each =
                Map.of("a", element, "bias", element, "b", element, "wide", element, "small", element);
        return job.run(Batches.slopes(MODEL, job.dtype(), job.rows(), each));
    }

    private static double[] exact(Job job, Batches.Element element, int step, int size) {
        return Batches.sum(element, step, job.accumulation(), job.rows(), size);
    }

    private static double[] gradient(List<List<Job.After>> ranks, int rank, int step, String path) {
        return ranks.get(rank).get(step - 1).gradients().get(path);
    }

    // Against the oracle ----------------------------------------------------------------------------------------------

    /** Shares of the mean gradient, [ranks][rows][columns]. */
    private static double[][][] shares(Job job, Batches.Element element, int step, int rows, int columns) {
        double[][][] shares = new double[job.ranks()][rows][columns];
        for (int rank = 0; rank < job.ranks(); rank++) {
            Share share = Share.of(job.rows(), rank, job.ranks());
            for (int micro = 0; micro < job.accumulation(); micro++) {
                for (long row = share.first(); row < share.first() + share.rows(); row++) {
                    for (int i = 0; i < rows * columns; i++) {
                        shares[rank][i / columns][i % columns] +=
                                element.at(step, micro, (int) row, i) / (job.rows() * job.accumulation());
                    }
                }
            }
        }
        return shares;
    }

    private static double[][] initialFactor(String path, int rank, int columns) {
        Initializer.Source source = new Initializer.Source(7, path + "#powersgd-q");
        double[][] factor = new double[rank][columns];
        for (int i = 0; i < rank * columns; i++) {
            factor[i / columns][i % columns] = Initializer.normal(1).value(source, i);
        }
        return factor;
    }

    @ParameterizedTest(name = "rank {0}, {1} ranks, {2} micro-batches of {3} rows, error feedback {4}")
    @CsvSource({"1,2,1,4,true", "2,3,1,5,true", "3,2,3,4,true", "2,4,2,3,false", "1,1,1,4,true"})
    void aStepIsThatOfTheOracle(int rank, int ranks, int accumulation, long rows, boolean feedback) {
        Job job = job(
                        rank,
                        ranks,
                        "powerSgdErrorFeedback",
                        Boolean.toString(feedback),
                        "powerSgdMinCompressionRate",
                        "1")
                .withAccumulation(accumulation)
                .withRows(rows);
        List<List<Job.After>> many = run(job, NORMAL);
        if (ranks == 1) {
            assertArrayEquals(exact(job, NORMAL, 1, ROWS * COLUMNS), gradient(many, 0, 1, "a"), 1e-12);
            return;
        }
        for (String path : List.of("a", "wide")) {
            int m = path.equals("a") ? ROWS : 6;
            int n = path.equals("a") ? COLUMNS : 40;
            Oracle oracle = new Oracle(ranks, m, n, initialFactor(path, rank, n), feedback);
            for (int step = 1; step <= job.steps(); step++) {
                double[][] mean = oracle.step(shares(job, NORMAL, step, m, n));
                for (int r = 0; r < ranks; r++) {
                    double[] actual = gradient(many, r, step, path);
                    assertArrayEquals(gradient(many, 0, step, path), actual, "ranks differ");
                    for (int i = 0; i < m * n; i++) {
                        assertEquals(mean[i / n][i % n] * rows * accumulation, actual[i], 1e-9, path + " step " + step);
                    }
                    if (feedback) {
                        double[] error = many.get(r).get(step - 1).state().get(path + "#powersgd-error");
                        assertArrayEquals(flat(oracle.error(r)), error, 1e-10);
                    }
                    double[] factor = many.get(r).get(step - 1).state().get(path + "#powersgd-q");
                    assertArrayEquals(flat(oracle.factor()), factor, 1e-10);
                }
            }
        }
    }

    private static double[] flat(double[][] matrix) {
        return java.util.Arrays.stream(matrix)
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray();
    }

    // Limits ----------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"2,1", "3,2", "4,1"})
    void vectorsAndWhatIsNotWorthCompressingIsSummedExactly(int ranks, int accumulation) {
        Job job = job(1, ranks).withAccumulation(accumulation);
        List<List<Job.After>> many = run(job, NORMAL);
        for (int step = 1; step <= job.steps(); step++) {
            assertArrayEquals(exact(job, NORMAL, step, 7), gradient(many, ranks - 1, step, "bias"), 1e-12);
            assertArrayEquals(exact(job, NORMAL, step, 6), gradient(many, 0, step, "small"), 1e-12);
            assertNotEquals(exact(job, NORMAL, step, 120)[3], gradient(many, 0, step, "a")[3], 1e-3);
        }
    }

    @ParameterizedTest
    @CsvSource({"2,true", "3,false", "4,true"})
    void factorsOfFullRankReproduceTheMean(int ranks, boolean warm) {
        Job job = job(40, ranks, "powerSgdMinCompressionRate", "0", "powerSgdWarmStart", Boolean.toString(warm));
        List<List<Job.After>> many = run(job, NORMAL);
        for (int step = 1; step <= job.steps(); step++) {
            for (String path : List.of("a", "b", "wide", "small")) {
                double[] actual = gradient(many, 0, step, path);
                assertArrayEquals(exact(job, NORMAL, step, actual.length), actual, 1e-9, path);
            }
        }
    }

    /** All ranks together have a gradient of rank 2; each alone, too. */
    private static final Batches.Element OF_RANK_2 = (step, micro, row, i) -> {
        double u = Math.sin(1 + i / COLUMNS);
        double v = Math.cos(2 + i % COLUMNS);
        double w = Math.cos(3 * (i / COLUMNS));
        double x = Math.sin(5 * (i % COLUMNS) + step);
        return (1 + row) * u * v + (2 - row) * w * x;
    };

    @ParameterizedTest(name = "factors of rank {0}, {1}, warm start {2}")
    @CsvSource({
        "2,FLOAT64,true",
        "4,FLOAT64,true",
        "4,FLOAT64,false",
        "2,FLOAT32,true",
        "4,FLOAT32,true",
        "3,FLOAT32,false"
    })
    void aGradientOfLowRankIsRecovered(int rank, DType dtype, boolean warm) {
        Slopes model = Slopes.of("a", ROWS, COLUMNS);
        Job job = Job.of(model, rows -> model.signature(rows, dtype))
                .withDType(dtype)
                .with(
                        "powerSgdRank",
                        Integer.toString(rank),
                        "powerSgdStartStep",
                        "0",
                        "powerSgdMinCompressionRate",
                        "1",
                        "powerSgdWarmStart",
                        Boolean.toString(warm))
                .withRanks(2)
                .withSteps(6);
        List<List<Job.After>> many = job.run(Batches.slopes(model, dtype, 4, Map.of("a", OF_RANK_2)));
        for (int step = 1; step <= 6; step++) {
            double[] sum = exact(job, OF_RANK_2, step, ROWS * COLUMNS);
            assertArrayEquals(sum, gradient(many, 0, step, "a"), dtype == DType.FLOAT64 ? 1e-9 : 2e-4, "step " + step);
        }
    }

    @ParameterizedTest
    @CsvSource({"none,2,true", "none,3,false", "bf16,2,true", "fp16,4,true"})
    void whatWasAppliedAndWhatIsLeftAreTheTrueGradients(String compression, int ranks, boolean warm) {
        Job job = job(1, ranks, "compression", compression, "powerSgdWarmStart", Boolean.toString(warm))
                .withRows(6)
                .withSteps(9);
        List<List<Job.After>> many = run(job, NORMAL);
        for (String path : List.of("a", "b", "wide")) {
            int size = gradient(many, 0, 1, path).length;
            double[] truth = new double[size];
            double[] applied = new double[size];
            for (int step = 1; step <= job.steps(); step++) {
                double[] exact = exact(job, NORMAL, step, size);
                double[] taken = gradient(many, 0, step, path);
                for (int i = 0; i < size; i++) {
                    truth[i] += exact[i] / job.rows();
                    applied[i] += taken[i] / job.rows();
                }
                double[] left = new double[size];
                for (double[] error : Batches.across(many, step, path + "#powersgd-error")) {
                    for (int i = 0; i < size; i++) {
                        left[i] += error[i];
                    }
                }
                for (int i = 0; i < size; i++) {
                    assertEquals(truth[i], applied[i] + left[i], 1e-12, path + " step " + step);
                }
                assertTrue(Oracle.dot(left, left) > 1e-3, "nothing was left out");
            }
        }
    }

    @Test
    void aMatrixWithoutGradientForAWhileIsNotLost() {
        Batches.Element late = (step, micro, row, i) -> step < 3 ? 0 : OF_RANK_2.at(1, micro, row, i);
        for (DType dtype : List.of(DType.FLOAT64, DType.FLOAT32)) {
            Slopes model = Slopes.of("a", ROWS, COLUMNS);
            Job job = Job.of(model, rows -> model.signature(rows, dtype))
                    .withDType(dtype)
                    .with("powerSgdRank", "2", "powerSgdStartStep", "0", "powerSgdMinCompressionRate", "1")
                    .withRanks(2)
                    .withSteps(4);
            List<List<Job.After>> many = job.run(Batches.slopes(model, dtype, 4, Map.of("a", late)));
            assertArrayEquals(new double[ROWS * COLUMNS], gradient(many, 0, 2, "a"));
            for (int step = 3; step <= 4; step++) {
                double[] sum = exact(job, late, step, ROWS * COLUMNS);
                assertArrayEquals(sum, gradient(many, 1, step, "a"), 2e-4, dtype + " step " + step);
            }
        }
    }

    @Test
    void aStepThatIsNotFiniteChangesNoState() {
        Batches.Element burst = (step, micro, row, i) ->
                step == 3 && row == 1 && i == 4 ? Double.POSITIVE_INFINITY : NORMAL.at(step, micro, row, i);
        List<List<Job.After>> many = run(job(2, 2), burst);
        for (List<Job.After> rank : many) {
            assertFalse(rank.get(2).result().finite());
            rank.get(1)
                    .state()
                    .forEach((key, values) ->
                            assertArrayEquals(values, rank.get(2).state().get(key), key));
            assertTrue(rank.get(3).result().finite());
        }
    }

    // Stages ----------------------------------------------------------------------------------------------------------

    @Test
    void untilItStartsTheBitsAreThoseOfPlainDdp() {
        Job late = job(1, 2).with("powerSgdRank", "1", "powerSgdStartStep", "3");
        List<List<Job.After>> plain = run(late.with(), NORMAL);
        List<List<Job.After>> many = run(late, NORMAL);
        for (int step = 1; step <= 5; step++) {
            double[] expected = gradient(plain, 0, step, "a");
            if (step <= 3) {
                assertArrayEquals(expected, gradient(many, 0, step, "a"));
            } else {
                assertNotEquals(expected[0], gradient(many, 0, step, "a")[0]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "bf16"})
    void itComposesWithLocalSgd(String compression) {
        Job job = job(1, 2)
                .with(
                        "compression", compression,
                        "powerSgdRank", "1",
                        "powerSgdStartStep", "2",
                        "localSgdStartStep", "4",
                        "localSgdPeriod", "2")
                .withSteps(8);
        List<List<Job.After>> many = run(job, NORMAL);
        List<Job.After> rank = many.getFirst();
        long[] sent = rank.stream().mapToLong(after -> after.sent().bytes()).toArray();
        assertEquals(sent[0], sent[1]);
        assertTrue(sent[2] < 0.7 * sent[1] && sent[2] == sent[3], sent[2] + " of " + sent[1]);
        assertEquals(0, sent[4]);
        assertEquals((compression.equals("none") ? 1 : 4) * sent[0], sent[5]);
        assertArrayEquals(
                Batches.across(many, 4, "a:param").get(0),
                Batches.across(many, 4, "a:param").get(1));
        assertNotEquals(
                Batches.across(many, 5, "a:param").get(0)[0],
                Batches.across(many, 5, "a:param").get(1)[0]);
        assertArrayEquals(
                Batches.across(many, 6, "a:param").get(0),
                Batches.across(many, 6, "a:param").get(1));
    }

    // Costs and states ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"1,none,8", "2,none,8", "1,bf16,2", "2,fp16,2"})
    void theBytesAreThoseOfTheFactorsAndTheRest(int rank, String compression, int bytes) {
        List<List<Job.After>> many = run(job(rank, 2, "compression", compression), NORMAL);
        long left = 0;
        long right = 0;
        long rest = 7 + 6;
        for (long[] shape : new long[][] {{12, 10}, {12, 10}, {6, 40}}) {
            if ((shape[0] + shape[1]) * rank * 2 < shape[0] * shape[1]) {
                left += shape[0] * rank;
                right += shape[1] * rank;
            } else {
                rest += shape[0] * shape[1];
            }
        }
        long expected = (left + rest) * bytes + right * bytes;
        many.forEach(
                one -> one.forEach(after -> assertEquals(expected, after.sent().bytes())));
        assertTrue(many.getFirst().getFirst().sent().scalarBytes() <= 10 * 8);
    }

    @Test
    void statesAreDeclaredWithWhatIsEqualAndWhatIsNot() {
        TensorType type = TensorType.of(DType.FLOAT32, 512);
        Chunk chunk = new Chunk(
                "bucket.0/all",
                type,
                List.of(
                        new Chunk.Member("w", 0, Shape.of(16, 4, 4)),
                        new Chunk.Member("bias", 256, Shape.of(16)),
                        new Chunk.Member("small", 272, Shape.of(4, 4))));
        PowerSgd reducer = new PowerSgd(new PowerSgdOptions(2, 0, true, true, 2), Compression.NONE);
        List<State> states = reducer.states(chunk);
        assertEquals(List.of("w", "w"), states.stream().map(State::path).toList());
        assertEquals(List.of("q", "error"), states.stream().map(State::name).toList());
        assertEquals(
                List.of(Spread.REPLICATED, Spread.RANK),
                states.stream().map(State::spread).toList());
        assertEquals(
                List.of(TensorType.of(DType.FLOAT32, 2, 16), TensorType.of(DType.FLOAT32, 16, 16)),
                states.stream().map(State::type).toList());
        PowerSgd plain = new PowerSgd(new PowerSgdOptions(2, 0, false, false, 2), Compression.NONE);
        assertEquals(List.of(), plain.states(chunk));
    }

    @ParameterizedTest(name = "rank {0}, {1}, {2} threads")
    @CsvSource({"1,none,1", "2,none,2", "2,bf16,2"})
    void aModelTrains(int rank, String compression, int threads) {
        Job plain = Job.of(
                        ModelSpec.parse("gpt:layers=1,width=32,heads=2,vocab=13,block=8")
                                .module(),
                        rows -> Batches.tokens(rows, 8))
                .withDType(DType.FLOAT32)
                .withGroups(ParameterGroup.noDecayForVectors(AdamW.standard()), 1e-2)
                .withRanks(2)
                .withThreads(threads)
                .withSteps(12);
        Job.Data same = (step, micro) -> Batches.randomTokens(4, 8, 13).batch(1, micro);
        Job low = plain.with(
                "powerSgdRank", Integer.toString(rank), "powerSgdStartStep", "2", "compression", compression);
        List<Job.After> exact = plain.run(same).getFirst();
        List<List<Job.After>> many = low.run(same);
        double first = exact.getFirst().result().loss();
        double last = many.getFirst().getLast().result().loss();
        assertTrue(last < first - 0.4 * (first - exact.getLast().result().loss()), first + " to " + last);
        assertArrayEquals(
                many.get(0).getLast().state().get("h.0.fc.weight:param"),
                many.get(1).getLast().state().get("h.0.fc.weight:param"));
        long ratio = exact.getLast().sent().bytes()
                / many.getFirst().getLast().sent().bytes();
        assertTrue(ratio >= (compression.equals("none") ? 3 : 6), "smaller by " + ratio);
    }

    @Test
    void withoutWarmStartEveryStepHasOtherFactorsTheSameOnAllRanks() {
        Job job = job(1, 3, "powerSgdWarmStart", "false", "powerSgdErrorFeedback", "false");
        Random random = new Random(1);
        double[] fixed = random.doubles(240, -1, 1).toArray();
        List<List<Job.After>> many = run(job, (step, micro, row, i) -> fixed[i]);
        for (int step = 2; step <= 5; step++) {
            assertNotEquals(gradient(many, 0, 1, "wide")[0], gradient(many, 0, step, "wide")[0]);
            assertArrayEquals(gradient(many, 0, step, "wide"), gradient(many, 2, step, "wide"));
        }
    }
}
