package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElementwiseTest {

    private static double unary(Unary.Op op, double x) {
        return switch (op) {
            case NEG -> -x;
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case SQRT -> Math.sqrt(x);
            case RSQRT -> 1 / Math.sqrt(x);
            case RECIPROCAL -> 1 / x;
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case RELU -> Math.max(x, 0);
            case SILU -> x / (1 + Math.exp(-x));
            case SQUARE -> x * x;
            case ABS -> Math.abs(x);
            case ERF -> ErrorFunctionTest.erf(x);
        };
    }

    private static float binary(Binary.Op op, float a, float b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
        };
    }

    @ParameterizedTest
    @EnumSource(Unary.Op.class)
    void aUnaryFunctionAgreesWithMath(Unary.Op op) {
        Random random = new Random(op.ordinal());
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            for (int n : new int[] {1, 5, 16, 33, 70_001}) {
                long x = pad.random(random, n);
                boolean positive = op == Unary.Op.LOG || op == Unary.Op.SQRT || op == Unary.Op.RSQRT;
                double[] expected = new double[n];
                for (int i = 0; i < n; i++) {
                    float v = Raw.getFloat(x + 4L * i);
                    Raw.putFloat(x + 4L * i, positive ? Math.abs(v) : v);
                    expected[i] = unary(op, Raw.getFloat(x + 4L * i));
                }
                long y = pad.empty(n);
                Unary.run(workers, op, n, x, y);
                Close.to(expected, y, 4e-7, 0, op.toString());
                Unary.run(workers, op, n, x, x);
                Close.same(Scratchpad.floats(y, n), x, op + " in place");
            }
            long nan = pad.of(Float.NaN);
            Unary.run(workers, op, 1, nan, nan);
            assertEquals(Float.NaN, Raw.getFloat(nan), op + " of NaN");
        }
    }

    @ParameterizedTest
    @EnumSource(Binary.Op.class)
    void aBinaryFunctionAgreesWithJavaInAllItsForms(Binary.Op op) {
        Random random = new Random(op.ordinal());
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            for (int n : new int[] {1, 16, 37, 40_003}) {
                long x = pad.random(random, n);
                long y = pad.random(random, n);
                Raw.putFloat(x, Float.NaN);
                Raw.putFloat(y + 4L * (n - 1), Float.NaN);
                float s = Raw.getFloat(pad.random(random, 1));
                long scalar = pad.of(s);
                float[] same = new float[n];
                float[] right = new float[n];
                float[] left = new float[n];
                for (int i = 0; i < n; i++) {
                    float a = Raw.getFloat(x + 4L * i);
                    float b = Raw.getFloat(y + 4L * i);
                    same[i] = binary(op, a, b);
                    right[i] = binary(op, a, s);
                    left[i] = binary(op, s, b);
                }
                long z = pad.empty(n);
                Binary.run(workers, op, n, x, y, z);
                Close.same(same, z, op + " of arrays");
                Binary.runScalar(workers, op, n, x, scalar, z);
                Close.same(right, z, op + " with a scalar on the right");
                Binary.scalarRun(workers, op, n, scalar, y, z);
                Close.same(left, z, op + " with a scalar on the left");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Binary.Op.class)
    void aBinaryFunctionBroadcastsAnyDims(Binary.Op op) {
        Random random = new Random(1);
        long[] dims = {2, 3, 5, 37};
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            for (int kept = 0; kept < 256; kept++) { // bit d: x varies along dim d; bit 4 + d: y does
                long[] strideX = strides(dims, kept & 15);
                long[] strideY = strides(dims, kept >> 4);
                long x = pad.random(random, 2 * 3 * 5 * 37);
                long y = pad.random(random, 2 * 3 * 5 * 37);
                float[] expected = new float[2 * 3 * 5 * 37];
                for (int e = 0; e < expected.length; e++) {
                    long[] index = {e / (3 * 5 * 37), e / (5 * 37) % 3, e / 37 % 5, e % 37};
                    long atX = 0;
                    long atY = 0;
                    for (int d = 0; d < 4; d++) {
                        atX += index[d] * strideX[d];
                        atY += index[d] * strideY[d];
                    }
                    expected[e] = binary(op, Raw.getFloat(x + 4 * atX), Raw.getFloat(y + 4 * atY));
                }
                long z = pad.empty(expected.length);
                Binary.runStrided(workers, op, dims, x, strideX, y, strideY, z);
                Close.same(expected, z, op + " kept " + kept);
            }
        }
    }

    /** Contiguous strides over the kept dims, 0 over the others. */
    private static long[] strides(long[] dims, int kept) {
        long[] strides = new long[dims.length];
        long step = 1;
        for (int d = dims.length - 1; d >= 0; d--) {
            if ((kept >> d & 1) != 0) {
                strides[d] = step;
                step *= dims[d];
            }
        }
        return strides;
    }

    @Test
    void stridesThatNoLoopServesAreRefused() {
        try (Workers workers = new Workers(1)) {
            long[] one = {1};
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Binary.runStrided(workers, Binary.Op.ADD, new long[] {4}, 0, new long[] {2}, 0, one, 0));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Binary.runStrided(
                            workers, Binary.Op.ADD, new long[] {1, 1, 1, 1, 1}, 0, new long[5], 0, new long[5], 0));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 100, 70_003})
    void flatArraysAreFilledCopiedScaledAddedAndCast(int n) {
        Random random = new Random(n);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long x = pad.random(random, n);
            float[] values = Scratchpad.floats(x, n);
            long y = pad.empty(n);
            Flat.copy(workers, 4L * n, x, y);
            Close.same(values, y, "copy");
            long factor = pad.of(-1.7f);
            float[] expected = new float[n];
            for (int i = 0; i < n; i++) {
                expected[i] = values[i] * -1.7f;
            }
            Flat.scale(workers, n, x, factor, y);
            Close.same(expected, y, "scale");
            for (int i = 0; i < n; i++) {
                expected[i] = expected[i] + values[i];
            }
            Flat.accumulate(workers, n, x, y);
            Close.same(expected, y, "accumulate");
            for (int i = 0; i < n; i++) {
                expected[i] = Math.fma(values[i], -1.7f, expected[i]);
            }
            Flat.accumulateScaled(workers, n, x, factor, y);
            Close.same(expected, y, "accumulateScaled");
            long d = pad.bytes(8L * n);
            Flat.widen(workers, n, x, d);
            for (int i = 0; i < n; i++) {
                assertEquals(values[i], Raw.getDouble(d + 8L * i));
                Raw.putDouble(d + 8L * i, random.nextGaussian());
            }
            Flat.narrow(workers, n, d, y);
            for (int i = 0; i < n; i++) {
                assertEquals((float) Raw.getDouble(d + 8L * i), Raw.getFloat(y + 4L * i));
            }
            Flat.fill(workers, n, 2.5f, y);
            java.util.Arrays.fill(expected, 2.5f);
            Close.same(expected, y, "fill");
            Flat.fillDouble(workers, n, Math.PI, d);
            assertEquals(Math.PI, Raw.getDouble(d + 8L * (n - 1)));
            Flat.zero(workers, 4L * n, y);
            Close.same(new float[n], y, "zero");
        }
    }
}
