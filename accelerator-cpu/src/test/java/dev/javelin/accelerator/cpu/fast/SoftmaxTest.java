package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SoftmaxTest {

    @ParameterizedTest
    @CsvSource({"1,1", "3,7", "65,65", "20,384", "2,50257", "1000,10"})
    void softmaxAndItsGradientAgreeWithTheFormula(int rows, int cols) {
        Random random = new Random(cols);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            int n = rows * cols;
            long x = pad.random(random, n);
            long dy = pad.random(random, n);
            double[] expected = softmax(Scratchpad.doubles(x, n), rows, cols);
            double[] expectedDx = new double[n];
            for (int r = 0; r < rows; r++) {
                double dot = 0;
                for (int c = 0; c < cols; c++) {
                    dot += expected[r * cols + c] * Raw.getFloat(dy + 4L * (r * cols + c));
                }
                for (int c = 0; c < cols; c++) {
                    int i = r * cols + c;
                    expectedDx[i] = expected[i] * (Raw.getFloat(dy + 4L * i) - dot);
                }
            }
            long y = pad.empty(n);
            long dx = pad.empty(n);
            Softmax.forward(workers, rows, cols, x, y);
            Close.to(expected, y, 2e-6, 0, "y");
            Softmax.backward(workers, rows, cols, dy, y, dx);
            Close.to(expectedDx, dx, 1e-5, 1.0 / cols, "dx");
            Softmax.forward(workers, rows, cols, x, x);
            Close.same(Scratchpad.floats(y, n), x, "in place");
        }
    }

    static double[] softmax(double[] x, int rows, int cols) {
        double[] y = new double[x.length];
        for (int r = 0; r < rows; r++) {
            double max = Double.NEGATIVE_INFINITY;
            double sum = 0;
            for (int c = 0; c < cols; c++) {
                max = Math.max(max, x[r * cols + c]);
            }
            for (int c = 0; c < cols; c++) {
                sum += Math.exp(x[r * cols + c] - max);
            }
            for (int c = 0; c < cols; c++) {
                y[r * cols + c] = Math.exp(x[r * cols + c] - max) / sum;
            }
        }
        return y;
    }

    @Test
    void aNotANumberFillsItsRowAndExtremesDoNot() {
        try (Workers workers = new Workers(1);
                Scratchpad pad = new Scratchpad()) {
            float[] values = new float[4 * 37];
            values[5] = Float.NaN;
            values[37 + 3] = 1e30f;
            values[2 * 37] = Float.NEGATIVE_INFINITY;
            values[3 * 37 + 36] = Float.POSITIVE_INFINITY;
            long x = pad.of(values);
            Softmax.forward(workers, 4, 37, x, x);
            for (int c = 0; c < 37; c++) {
                assertTrue(Float.isNaN(Raw.getFloat(x + 4L * c)));
                assertEquals(c == 3 ? 1f : 0f, Raw.getFloat(x + 4L * (37 + c)));
                assertEquals(c == 0 ? 0f : 1f / 36, Raw.getFloat(x + 4L * (2 * 37 + c)), 1e-8f);
                assertTrue(Float.isNaN(Raw.getFloat(x + 4L * (3 * 37 + c))) || c != 36);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,2", "7,5", "64,65", "9,1000", "3,50257"})
    void crossEntropyAndItsGradientAgreeWithTheFormula(int rows, int classes) {
        Random random = new Random(rows);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            int n = rows * classes;
            long x = pad.random(random, n);
            int[] targets = random.ints(rows, 0, classes).toArray();
            if (rows > 2) {
                targets[1] = -100;
            }
            long t = pad.ofInts(targets);
            double[] p = softmax(Scratchpad.doubles(x, n), rows, classes);
            double expectedLoss = 0;
            int kept = 0;
            double[] expected = new double[n];
            for (int r = 0; r < rows; r++) {
                if (targets[r] >= 0) {
                    kept++;
                    expectedLoss -= Math.log(p[r * classes + targets[r]]);
                    for (int c = 0; c < classes; c++) {
                        expected[r * classes + c] = (p[r * classes + c] - (c == targets[r] ? 1 : 0)) * 0.25;
                    }
                }
            }
            long lse = pad.empty(rows);
            long loss = pad.empty(1);
            long weight = pad.empty(1);
            long workspace = pad.bytes(CrossEntropy.workspaceBytes(rows));
            assertEquals(-1, CrossEntropy.forward(workers, rows, classes, x, t, -100, lse, loss, weight, workspace));
            assertEquals(expectedLoss, Raw.getFloat(loss), 2e-6 * expectedLoss);
            assertEquals(kept, Raw.getFloat(weight));
            long g = pad.of(0.25f);
            long dx = pad.empty(n);
            CrossEntropy.backward(workers, rows, classes, x, t, -100, lse, g, dx);
            Close.to(expected, dx, 4e-6, 1e-9, "dlogits");
            CrossEntropy.backward(workers, rows, classes, x, t, -100, lse, g, x);
            Close.same(Scratchpad.floats(dx, n), x, "in place");
        }
    }

    @ParameterizedTest
    @CsvSource({"1,2", "7,5", "64,65", "9,1000", "5,50257"})
    void crossEntropyAndItsGradientAtOnceHaveTheBitsOfOneAfterTheOther(int rows, int classes) {
        Random random = new Random(rows);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            int n = rows * classes;
            long x = pad.random(random, n);
            int[] targets = random.ints(rows, 0, classes).toArray();
            targets[rows / 2] = rows > 1 ? -100 : 0;
            targets[rows - 1] = rows > 5 ? classes : targets[rows - 1];
            long t = pad.ofInts(targets);
            long g = pad.of(0.25f);
            long lse = pad.empty(rows);
            long dx = pad.empty(n);
            long sums = pad.empty(2);
            long workspace = pad.bytes(CrossEntropy.workspaceBytes(rows));
            long bad = CrossEntropy.forward(workers, rows, classes, x, t, -100, lse, sums, sums + 4, workspace);
            CrossEntropy.backward(workers, rows, classes, x, t, -100, lse, g, dx);
            long both = pad.empty(2);
            assertEquals(bad, CrossEntropy.both(workers, rows, classes, x, t, -100, g, both, both + 4, x, workspace));
            Close.same(Scratchpad.floats(sums, 2), both, "loss and weight");
            Close.same(Scratchpad.floats(dx, n), x, "gradient in place");
        }
    }

    @Test
    void crossEntropyNamesTheFirstTargetOutOfRange() {
        try (Workers workers = new Workers(1);
                Scratchpad pad = new Scratchpad()) {
            long x = pad.of(new float[4 * 3]);
            long t = pad.ofInts(0, -1, 3, 2);
            long lse = pad.empty(4);
            long loss = pad.empty(1);
            long weight = pad.empty(1);
            long workspace = pad.bytes(CrossEntropy.workspaceBytes(4));
            assertEquals(2, CrossEntropy.forward(workers, 4, 3, x, t, -1, lse, loss, weight, workspace));
            assertEquals(3f, Raw.getFloat(weight));
            assertEquals(2 * Math.log(3), Raw.getFloat(loss), 1e-6);
            long dx = pad.empty(12);
            CrossEntropy.backward(workers, 4, 3, x, t, -1, lse, pad.of(1f), dx);
            for (int i = 3; i < 9; i++) {
                assertEquals(0f, Raw.getFloat(dx + 4L * i));
            }
        }
    }
}
