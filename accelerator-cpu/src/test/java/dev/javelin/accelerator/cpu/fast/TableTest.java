package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableTest {

    @ParameterizedTest
    @CsvSource({"1,1,1", "50,7,13", "300,65,384", "9,1000,130"})
    void rowsAreGatheredAndTheirGradientsAddedInTokenOrder(int rows, int vocabulary, int width) {
        Random random = new Random(rows);
        try (Workers workers = new Workers(3);
                Scratchpad pad = new Scratchpad()) {
            long table = pad.random(random, (long) vocabulary * width);
            int[] ids = random.ints(rows, 0, vocabulary).toArray();
            long at = pad.ofInts(ids);
            long out = pad.empty((long) rows * width);
            assertEquals(-1, Embedding.gather(workers, rows, vocabulary, width, table, at, out));
            long dy = pad.random(random, (long) rows * width);
            float[] expected = new float[vocabulary * width];
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < width; c++) {
                    assertEquals(
                            Raw.getFloat(table + 4L * (ids[r] * width + c)), Raw.getFloat(out + 4L * (r * width + c)));
                    expected[ids[r] * width + c] += Raw.getFloat(dy + 4L * (r * width + c));
                }
            }
            long dtable = pad.empty((long) vocabulary * width);
            assertEquals(-1, Embedding.gradient(workers, rows, vocabulary, width, dy, at, dtable, false));
            Close.same(expected, dtable, "dtable");
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < width; c++) {
                    expected[ids[r] * width + c] += Raw.getFloat(dy + 4L * (r * width + c));
                }
            }
            assertEquals(-1, Embedding.gradient(workers, rows, vocabulary, width, dy, at, dtable, true));
            Close.same(expected, dtable, "dtable, added to");
        }
    }

    @Test
    void theFirstIdOutOfRangeIsNamedAndTouchesNothing() {
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long table = pad.of(1, 2, 3, 4);
            long ids = pad.ofInts(1, 2, -1, 0);
            long out = pad.empty(8);
            assertEquals(1, Embedding.gather(workers, 4, 2, 2, table, ids, out));
            Close.same(new float[] {3, 4, 0, 0, 0, 0, 1, 2}, out, "out");
            long dtable = pad.empty(4);
            assertEquals(1, Embedding.gradient(workers, 4, 2, 2, out, ids, dtable, false));
            Close.same(new float[] {1, 2, 3, 4}, dtable, "dtable");
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "31", "64", "1000", "40003"})
    void adamWAgreesWithTheFormulaOverSteps(int n) {
        Random random = new Random(n);
        AdamW.Constants constants = new AdamW.Constants(0.9f, 0.95f, 1e-8f, 0.1f);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long p = pad.random(random, n);
            long m = pad.of(new float[n]);
            long v = pad.of(new float[n]);
            double[] ep = Scratchpad.doubles(p, n);
            double[] em = new double[n];
            double[] ev = new double[n];
            for (int step = 1; step <= 3; step++) {
                long g = pad.random(random, n);
                double bias1 = 1 - Math.pow(0.9, step);
                double bias2 = 1 - Math.pow(0.95, step);
                for (int i = 0; i < n; i++) {
                    double grad = Raw.getFloat(g + 4L * i) * 0.5;
                    ep[i] *= 1 - 1e-2 * 0.1;
                    em[i] = 0.9 * em[i] + 0.1 * grad;
                    ev[i] = 0.95 * ev[i] + 0.05 * grad * grad;
                    ep[i] -= 1e-2 / bias1 * em[i] / (Math.sqrt(ev[i] / bias2) + 1e-8);
                }
                AdamW.Scalars scalars = new AdamW.Scalars(
                        pad.of(1e-2f), pad.of((float) bias1), pad.of((float) bias2), pad.of(0.5f), pad.ofInts(1));
                AdamW.step(workers, n, p, g, m, v, constants, scalars);
            }
            Close.to(ep, p, 1e-5, 0.1, "p");
            Close.to(em, m, 1e-5, 0.1, "m");
            Close.to(ev, v, 1e-5, 0.1, "v");
        }
    }

    @Test
    void adamWWritesNothingWhenThePredicateIsZero() {
        try (Workers workers = new Workers(1);
                Scratchpad pad = new Scratchpad()) {
            long p = pad.of(1, 2, 3);
            long one = pad.of(1f);
            long nan = pad.of(Float.NaN, Float.NaN, Float.NaN);
            AdamW.Constants constants = new AdamW.Constants(0.9f, 0.999f, 1e-8f, 0f);
            AdamW.step(workers, 3, p, nan, p, p, constants, new AdamW.Scalars(one, one, one, 0, pad.ofInts(0)));
            Close.same(new float[] {1, 2, 3}, p, "p");
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "31", "64", "1000", "40003"})
    void theMovingAverageFollowsTheFormulaStaysAtRateZeroAndIsTheValueAtRateOne(int n) {
        Random random = new Random(n);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long average = pad.random(random, n);
            double[] expected = Scratchpad.doubles(average, n);
            for (float rate : new float[] {0.5f, 0, 0.001f, 0.25f}) {
                long value = pad.random(random, n);
                for (int i = 0; i < n; i++) {
                    expected[i] += rate * (Raw.getFloat(value + 4L * i) - expected[i]);
                }
                MovingAverage.step(workers, n, average, value, pad.of(rate));
                Close.to(expected, average, 1e-6, 1, "average");
            }
            long value = pad.random(random, n);
            MovingAverage.step(workers, n, average, pad.of(new float[n]), pad.of(0f));
            Close.to(expected, average, 1e-6, 1, "average at rate 0");
            MovingAverage.step(workers, n, average, value, pad.of(1f));
            float[] copied = new float[n];
            for (int i = 0; i < n; i++) {
                copied[i] = Raw.getFloat(value + 4L * i);
            }
            Close.same(copied, average, "average at rate 1");
        }
    }
}
