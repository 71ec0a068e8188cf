package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormTest {

    @ParameterizedTest
    @CsvSource({"1,1", "3,7", "33,16", "70,65", "200,384", "5000,31", "2,1000"})
    void layerNormAndItsGradientsAgreeWithTheFormula(int rows, int cols) {
        Random random = new Random(rows * 31L + cols);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long x = pad.random(random, (long) rows * cols);
            for (int i = 0; i < rows * cols; i++) {
                Raw.putFloat(x + 4L * i, Raw.getFloat(x + 4L * i) * 2 + 3);
            }
            long gamma = pad.random(random, cols);
            long beta = pad.random(random, cols);
            long dy = pad.random(random, (long) rows * cols);
            long residual = pad.random(random, (long) rows * cols);
            long dgamma = pad.random(random, cols);
            long dbeta = pad.random(random, cols);
            double[] expectedGamma = Scratchpad.doubles(dgamma, cols);
            double[] expectedBeta = Scratchpad.doubles(dbeta, cols);
            double[] expectedY = new double[rows * cols];
            double[] expectedDx = Scratchpad.doubles(residual, (long) rows * cols);
            reference(rows, cols, x, gamma, beta, dy, expectedY, expectedDx, expectedGamma, expectedBeta);

            long y = pad.empty((long) rows * cols);
            long mean = pad.empty(rows);
            long rstd = pad.empty(rows);
            LayerNorm.forward(workers, rows, cols, 1e-5f, x, gamma, beta, y, mean, rstd);
            Close.to(expectedY, y, 5e-6, 1, "y");

            long dx = pad.empty((long) rows * cols);
            long workspace = pad.bytes(LayerNorm.backwardWorkspaceBytes(rows, cols));
            LayerNorm.backward(
                    workers, rows, cols, dy, x, gamma, mean, rstd, residual, dx, dgamma, dbeta, true, workspace);
            Close.to(expectedDx, dx, 2e-5, 1, "dx");
            Close.to(expectedGamma, dgamma, 2e-5, Math.sqrt(rows), "dgamma");
            Close.to(expectedBeta, dbeta, 2e-5, Math.sqrt(rows), "dbeta");
        }
    }

    private static void reference(
            int rows,
            int cols,
            long x,
            long gamma,
            long beta,
            long dy,
            double[] y,
            double[] dx,
            double[] dgamma,
            double[] dbeta) {
        double[] xs = Scratchpad.doubles(x, (long) rows * cols);
        double[] ds = Scratchpad.doubles(dy, (long) rows * cols);
        double[] g = Scratchpad.doubles(gamma, cols);
        double[] b = Scratchpad.doubles(beta, cols);
        for (int r = 0; r < rows; r++) {
            double mean = 0;
            double variance = 0;
            for (int c = 0; c < cols; c++) {
                mean += xs[r * cols + c] / cols;
            }
            for (int c = 0; c < cols; c++) {
                variance += Math.pow(xs[r * cols + c] - mean, 2) / cols;
            }
            double rstd = 1 / Math.sqrt(variance + 1e-5f);
            double meanH = 0;
            double meanHn = 0;
            for (int c = 0; c < cols; c++) {
                double n = (xs[r * cols + c] - mean) * rstd;
                double d = ds[r * cols + c];
                y[r * cols + c] = n * g[c] + b[c];
                dgamma[c] += d * n;
                dbeta[c] += d;
                meanH += d * g[c] / cols;
                meanHn += d * g[c] * n / cols;
            }
            for (int c = 0; c < cols; c++) {
                double n = (xs[r * cols + c] - mean) * rstd;
                dx[r * cols + c] += rstd * (ds[r * cols + c] * g[c] - meanH - n * meanHn);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"4,20", "9,384"})
    void layerNormWorksWithoutScaleAndShiftAndInPlace(int rows, int cols) {
        Random random = new Random(9);
        try (Workers workers = new Workers(1);
                Scratchpad pad = new Scratchpad()) {
            long x = pad.random(random, (long) rows * cols);
            long y = pad.empty((long) rows * cols);
            long mean = pad.empty(rows);
            long rstd = pad.empty(rows);
            float[] ones = new float[cols];
            java.util.Arrays.fill(ones, 1f);
            LayerNorm.forward(workers, rows, cols, 1e-5f, x, pad.of(ones), pad.of(new float[cols]), y, mean, rstd);
            float[] expected = Scratchpad.floats(y, (long) rows * cols);
            long dy = pad.random(random, (long) rows * cols);
            long dx = pad.empty((long) rows * cols);
            long workspace = pad.bytes(LayerNorm.backwardWorkspaceBytes(rows, cols));
            LayerNorm.backward(workers, rows, cols, dy, x, 0, mean, rstd, 0, dx, 0, 0, false, workspace);
            float[] expectedDx = Scratchpad.floats(dx, (long) rows * cols);
            LayerNorm.backward(workers, rows, cols, dy, x, 0, mean, rstd, 0, dy, 0, 0, false, workspace);
            Close.same(expectedDx, dy, "dx in place");
            LayerNorm.forward(workers, rows, cols, 1e-5f, x, 0, 0, x, mean, rstd);
            Close.same(expected, x, "y in place");
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "5,3", "100,64", "3000,97", "33,1000", "10000,5", "40,5000"})
    void columnsAreSummed(int rows, int cols) {
        Random random = new Random(7);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long dy = pad.random(random, (long) rows * cols);
            long db = pad.empty(cols);
            long workspace = pad.bytes(ColumnSum.workspaceBytes(rows, cols));
            double[] expected = new double[cols];
            for (int i = 0; i < rows * cols; i++) {
                expected[i % cols] += Raw.getFloat(dy + 4L * i);
            }
            ColumnSum.run(workers, rows, cols, dy, db, false, workspace);
            Close.to(expected, db, 1e-6, 3 * Math.sqrt(rows), "db");
            float[] once = Scratchpad.floats(db, cols);
            ColumnSum.run(workers, rows, cols, dy, db, true, workspace);
            for (int c = 0; c < cols; c++) {
                assertEquals(2 * once[c], Raw.getFloat(db + 4L * c), "accumulated column " + c);
            }
        }
    }
}
