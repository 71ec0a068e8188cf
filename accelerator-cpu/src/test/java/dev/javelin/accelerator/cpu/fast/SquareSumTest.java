package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SquareSumTest {

    private static double exact(float[] x) {
        BigDecimal sum = BigDecimal.ZERO;
        for (float v : x) {
            sum = sum.add(new BigDecimal(v).pow(2));
        }
        return sum.doubleValue();
    }

    private static double sum(Workers workers, Scratchpad pad, float[] x) {
        long accumulator = pad.bytes(SquareSum.BYTES);
        long workspace = pad.bytes(SquareSum.workspaceBytes(x.length));
        SquareSum.clear(accumulator);
        SquareSum.add(workers, x.length, pad.of(x), accumulator, workspace);
        return SquareSum.value(accumulator);
    }

    @Test
    void theSumOfSquaresIsRoundedOnlyOnce() {
        Random random = new Random(1);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            for (int n : new int[] {0, 1, 2, 3, 5, 1000, 40_001}) {
                float[] x = new float[n];
                for (int i = 0; i < n; i++) {
                    x[i] = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(60) - 30));
                }
                assertEquals(exact(x), sum(workers, pad, x));
            }
        }
    }

    @Test
    void everyFiniteFloatCounts() {
        try (Workers workers = new Workers(1);
                Scratchpad pad = new Scratchpad()) {
            float[][] cases = {
                {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE},
                {Float.MIN_VALUE},
                {Float.MIN_NORMAL, -Float.MIN_VALUE, Float.MIN_NORMAL - Float.MIN_VALUE},
                {0f, -0f},
                {1f, 0x1p-27f, 0x1p-50f}
            };
            for (float[] x : cases) {
                assertEquals(exact(x), sum(workers, pad, x));
            }
        }
    }

    @Test
    void neitherOrderNorCutChangesTheAccumulator() {
        Random random = new Random(2);
        int n = 600_000;
        try (Workers workers = new Workers(3);
                Scratchpad pad = new Scratchpad()) {
            long x = pad.random(random, n);
            long whole = pad.bytes(SquareSum.BYTES);
            long parts = pad.bytes(SquareSum.BYTES);
            long part = pad.bytes(SquareSum.BYTES);
            long workspace = pad.bytes(SquareSum.workspaceBytes(n));
            SquareSum.clear(whole);
            SquareSum.add(workers, n, x, whole, workspace);
            SquareSum.clear(parts);
            int[] cuts = {n, 500_001, 262_144, 77, 0};
            for (int i = 1; i < cuts.length; i++) {
                SquareSum.clear(part);
                SquareSum.add(workers, cuts[i - 1] - cuts[i], x + 4L * cuts[i], part, workspace);
                SquareSum.merge(part, parts);
            }
            for (int i = 0; i < SquareSum.LENGTH; i++) {
                assertEquals(Raw.getLong(whole + 8L * i), Raw.getLong(parts + 8L * i), "limb " + i);
            }
            assertEquals(Math.sqrt(SquareSum.value(whole)), SquareSum.root(whole));
        }
    }

    @Test
    void accumulatorsAddedElementByElementNormaliseToTheSameValue() {
        try (Workers workers = new Workers(1);
                Scratchpad pad = new Scratchpad()) {
            long accumulator = pad.bytes(SquareSum.BYTES);
            long workspace = pad.bytes(SquareSum.workspaceBytes(3));
            SquareSum.clear(accumulator);
            SquareSum.add(workers, 3, pad.of(3f, 1e-20f, 1e19f), accumulator, workspace);
            double one = SquareSum.value(accumulator);
            for (int i = 0; i < SquareSum.LENGTH; i++) {
                Raw.putLong(accumulator + 8L * i, Raw.getLong(accumulator + 8L * i) * 1024);
            }
            assertEquals(one * 1024, SquareSum.value(accumulator));
            SquareSum.normalise(accumulator);
            for (int i = 0; i < SquareSum.LIMBS - 1; i++) {
                long limb = Raw.getLong(accumulator + 8L * i);
                assertTrue(limb >= 0 && limb < 1L << 32, "limb " + i + " is " + limb);
            }
            assertEquals(one * 1024, SquareSum.value(accumulator));
        }
    }

    @Test
    void nonFiniteInputsAreCounted() {
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            float[] x = new float[1001];
            x[3] = Float.NaN;
            x[1000] = Float.NEGATIVE_INFINITY;
            x[7] = 2f;
            long accumulator = pad.bytes(SquareSum.BYTES);
            SquareSum.clear(accumulator);
            SquareSum.add(workers, 1001, pad.of(x), accumulator, pad.bytes(SquareSum.workspaceBytes(1001)));
            assertEquals(2, Raw.getLong(accumulator + 8L * SquareSum.NON_FINITE));
            assertTrue(Double.isNaN(SquareSum.value(accumulator)));
        }
    }

    @Test
    void doublesAreSquaredWithOneRoundingAndAddedWithNone() {
        Random random = new Random(3);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            double[] x = new double[5000];
            BigDecimal expected = BigDecimal.ZERO;
            for (int i = 0; i < x.length; i++) {
                x[i] = random.nextGaussian() * Math.pow(2, random.nextInt(900) - 450);
                expected = expected.add(new BigDecimal(x[i] * x[i]));
            }
            long accumulator = pad.bytes(SquareSum.BYTES);
            long workspace = pad.bytes(SquareSum.workspaceBytes(x.length));
            SquareSum.clear(accumulator);
            SquareSum.addDoubles(workers, x.length, pad.ofDoubles(x), accumulator, workspace);
            assertEquals(expected.doubleValue(), SquareSum.value(accumulator));
            SquareSum.clear(accumulator);
            double[] extremes = {1e154, Double.MIN_VALUE, 1e-160, 1e200};
            SquareSum.addDoubles(workers, 3, pad.ofDoubles(extremes), accumulator, workspace);
            assertEquals(
                    new BigDecimal(1e154 * 1e154)
                            .add(new BigDecimal(1e-160 * 1e-160))
                            .doubleValue(),
                    SquareSum.value(accumulator));
            SquareSum.addDoubles(workers, 4, pad.ofDoubles(extremes), accumulator, workspace);
            assertEquals(1, Raw.getLong(accumulator + 8L * SquareSum.NON_FINITE));
        }
    }
}
