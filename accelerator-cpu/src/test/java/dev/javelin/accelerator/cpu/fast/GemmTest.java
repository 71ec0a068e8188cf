package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.blas.JavaBlas;
import dev.javelin.accelerator.cpu.blas.OpenBlasSerial;
import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.threads.Workers;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GemmTest {

    static final Path CACHE = Path.of("target", "natives");

    static Stream<SerialBlas> libraries() {
        return Stream.of(OpenBlasSerial.open(CACHE), new JavaBlas());
    }

    private static double[] product(Gemm.Shape s, int item, double[] a, double[] b) {
        double[] c = new double[s.m() * s.n()];
        for (int i = 0; i < s.m(); i++) {
            for (int j = 0; j < s.n(); j++) {
                double sum = 0;
                for (int k = 0; k < s.k(); k++) {
                    int atA = (int) (item * s.strideA()) + (s.transA() ? k * s.lda() + i : i * s.lda() + k);
                    int atB = (int) (item * s.strideB()) + (s.transB() ? j * s.ldb() + k : k * s.ldb() + j);
                    sum += a[atA] * b[atB];
                }
                c[i * s.n() + j] = sum;
            }
        }
        return c;
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void multiplyAllTransposesOverOddSizes(SerialBlas blas) {
        Random random = new Random(1);
        int[][] sizes = {
            {1, 1, 1},
            {1, 17, 5},
            {7, 1, 3},
            {13, 33, 65},
            {64, 64, 64},
            {100, 31, 300},
            {193, 401, 37},
            {800, 33, 9},
            {30, 41, 2100}
        };
        try (Workers workers = new Workers(2)) {
            for (int[] size : sizes) {
                for (int trans = 0; trans < 4; trans++) {
                    Gemm.Shape shape = Gemm.Shape.of((trans & 1) != 0, (trans & 2) != 0, size[0], size[1], size[2]);
                    check(workers, blas, shape, random);
                    check(workers, blas, shape.withAccumulate(true), random);
                }
            }
        }
    }

    private static void check(Workers workers, SerialBlas blas, Gemm.Shape s, Random random) {
        try (Scratchpad pad = new Scratchpad()) {
            long a = pad.random(random, (long) s.m() * s.k());
            long b = pad.random(random, (long) s.k() * s.n());
            long c = s.accumulate() ? pad.random(random, (long) s.m() * s.n()) : pad.empty((long) s.m() * s.n());
            double[] expected = product(
                    s, 0, Scratchpad.doubles(a, (long) s.m() * s.k()), Scratchpad.doubles(b, (long) s.k() * s.n()));
            for (int i = 0; i < expected.length; i++) {
                expected[i] += s.accumulate() ? Raw.getFloat(c + 4L * i) : 0;
            }
            long workspace = pad.bytes(Math.max(4, Gemm.workspaceBytes(s)));
            Gemm.run(workers, blas, s, a, b, c, 0, 0, 0, workspace);
            Close.to(expected, c, 2e-6, Math.sqrt(s.k()), s.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void multiplyBatchesWithLeadingDimensionsAndLeaveTheGapsAlone(SerialBlas blas) {
        Random random = new Random(2);
        Gemm.Shape s =
                Gemm.Shape.of(true, true, 9, 21, 14).withLeading(12, 15, 30).withBatch(3, 14 * 12, 0, 9 * 30 + 5);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long a = pad.random(random, 3 * 14 * 12);
            long b = pad.random(random, 21 * 15);
            long total = 3 * (9 * 30 + 5);
            long c = pad.random(random, total);
            double[] expected = Scratchpad.doubles(c, total);
            for (int item = 0; item < 3; item++) {
                double[] part = product(s, item, Scratchpad.doubles(a, 3 * 14 * 12), Scratchpad.doubles(b, 21 * 15));
                for (int i = 0; i < 9; i++) {
                    System.arraycopy(part, i * 21, expected, item * (9 * 30 + 5) + i * 30, 21);
                }
            }
            Gemm.run(workers, blas, s, a, b, c, 0, 0, 0, 0);
            Close.to(expected, c, 1e-5, 1, "c");
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void addBiasStoreThePreActivationApplyGeluAndAddTheResidual(SerialBlas blas) {
        Random random = new Random(3);
        int m = 203;
        int n = 77;
        int k = 40;
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long a = pad.random(random, m * k);
            long b = pad.random(random, n * k);
            long bias = pad.random(random, n);
            long residual = pad.random(random, m * n);
            for (int variant = 0; variant < 16; variant++) {
                Gemm.Shape s = Gemm.Shape.of(false, true, m, n, k).withGelu((variant & 1) != 0);
                long c = pad.empty(m * n);
                long pre = (variant & 2) != 0 ? pad.empty(m * n) : 0;
                long withBias = (variant & 4) != 0 ? bias : 0;
                long withResidual = (variant & 8) != 0 ? residual : 0;
                double[] t = product(s, 0, Scratchpad.doubles(a, m * k), Scratchpad.doubles(b, n * k));
                double[] expected = new double[m * n];
                for (int i = 0; i < t.length; i++) {
                    t[i] += withBias == 0 ? 0 : Raw.getFloat(bias + 4L * (i % n));
                    expected[i] =
                            (s.gelu() ? gelu(t[i]) : t[i]) + (withResidual == 0 ? 0 : Raw.getFloat(residual + 4L * i));
                }
                Gemm.run(workers, blas, s, a, b, c, withBias, pre, withResidual, 0);
                Close.to(expected, c, 1e-5, 1, "variant " + variant);
                if (pre != 0) {
                    Close.to(t, pre, 1e-5, 1, "pre-activation of variant " + variant);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void addTheResidualThatIsTheResult(SerialBlas blas) {
        Random random = new Random(4);
        try (Workers workers = new Workers(1);
                Scratchpad pad = new Scratchpad()) {
            long a = pad.random(random, 6 * 5);
            long b = pad.random(random, 5 * 7);
            long c = pad.random(random, 6 * 7);
            Gemm.Shape s = Gemm.Shape.of(false, false, 6, 7, 5);
            double[] expected = product(s, 0, Scratchpad.doubles(a, 30), Scratchpad.doubles(b, 35));
            for (int i = 0; i < 42; i++) {
                expected[i] += Raw.getFloat(c + 4L * i);
            }
            Gemm.run(workers, blas, s, a, b, c, 0, 0, c, 0);
            Close.to(expected, c, 1e-5, 1, "c");
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Gemm.run(workers, blas, s.withAccumulate(true), a, b, c, 0, 0, c, 0));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Gemm.run(workers, blas, s.withGelu(true), a, b, c, 0, 0, c, 0));
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void letNotANumberThroughAndIgnoreWhatTheResultHeldBefore(SerialBlas blas) {
        try (Workers workers = new Workers(1);
                Scratchpad pad = new Scratchpad()) {
            int n = 40;
            long a = pad.of(new float[n * n]);
            long b = pad.of(new float[n * n]);
            long c = pad.empty(n * n); // full of NaN
            Gemm.Shape s = Gemm.Shape.of(false, false, n, n, n);
            Gemm.run(workers, blas, s, a, b, c, 0, 0, 0, 0);
            Close.same(new float[n * n], c, "c");
            Raw.putFloat(a + 4L * (3 * n + 5), Float.NaN);
            Gemm.run(workers, blas, s, a, b, c, 0, 0, 0, 0);
            for (int i = 0; i < n * n; i++) {
                assertEquals(i / n == 3, Float.isNaN(Raw.getFloat(c + 4L * i)), "NaN at " + i);
            }
            Raw.putFloat(a + 4L * (3 * n + 5), 0f);
            Raw.putFloat(b + 4L * (7 * n + 2), Float.POSITIVE_INFINITY);
            Gemm.run(workers, blas, s, a, b, c, 0, 0, 0, 0);
            assertTrue(Float.isNaN(Raw.getFloat(c + 4L * 2)), "0 times infinity");
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void multiplyDoubles(SerialBlas blas) {
        Random random = new Random(5);
        try (Workers workers = new Workers(2)) {
            for (int trans = 0; trans < 4; trans++) {
                Gemm.Shape s = Gemm.Shape.of((trans & 1) != 0, (trans & 2) != 0, 61, 47, 90);
                try (Scratchpad pad = new Scratchpad()) {
                    double[] a = random.doubles(61 * 90).toArray();
                    double[] b = random.doubles(47 * 90).toArray();
                    double[] expected = product(s, 0, a, b);
                    long atA = pad.ofDoubles(a);
                    long atB = pad.ofDoubles(b);
                    long c = pad.bytes(8 * 61 * 47);
                    Gemm.runDouble(workers, blas, s, atA, atB, c);
                    Gemm.runDouble(workers, blas, s.withAccumulate(true), atA, atB, c);
                    for (int i = 0; i < expected.length; i++) {
                        assertEquals(2 * expected[i], Raw.getDouble(c + 8L * i), 1e-12 * expected[i]);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void addThePartsOfADeepProductAndThenWhatFollowsIt(SerialBlas blas) {
        Random random = new Random(6);
        int m = 19;
        int n = 37;
        int k = 1100;
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            Gemm.Shape s = Gemm.Shape.of(true, false, m, n, k)
                    .withLeading(m + 3, n + 2, n + 5)
                    .withBatch(2, (long) k * (m + 3), 0, (long) m * (n + 5))
                    .withGelu(true);
            assertEquals(2, Tiling.of(s).parts());
            long a = pad.random(random, 2L * k * (m + 3));
            long b = pad.random(random, (long) k * (n + 2));
            long bias = pad.random(random, n);
            long c = pad.empty(2L * m * (n + 5));
            long workspace = pad.bytes(Gemm.workspaceBytes(s));
            Gemm.run(workers, blas, s, a, b, c, bias, 0, 0, workspace);
            for (int item = 0; item < 2; item++) {
                double[] t = product(
                        s, item, Scratchpad.doubles(a, 2L * k * (m + 3)), Scratchpad.doubles(b, (long) k * (n + 2)));
                for (int i = 0; i < m * n; i++) {
                    double expected = gelu(t[i] + Raw.getFloat(bias + 4L * (i % n)));
                    float actual = Raw.getFloat(c + 4L * ((item * m + i / n) * (n + 5) + i % n));
                    assertEquals(expected, actual, 1e-4, "element " + i + " of product " + item);
                }
            }
        }
    }

    @Test
    void cutTilesThatCoverTheResultOnce() {
        int[][] sizes = {{1, 1}, {3072, 384}, {1024, 50257}, {384, 384}, {5000, 31}, {769, 1537}, {33, 100_000}};
        for (int[] size : sizes) {
            Tiling tiling = Tiling.of(Gemm.Shape.of(false, false, size[0], size[1], 8));
            long covered = 0;
            for (int tile = 0; tile < tiling.tiles(1); tile++) {
                int rows = Math.min(tiling.rows(), size[0] - tiling.row(tile));
                int columns = Math.min(tiling.columns(), size[1] - tiling.column(tile));
                assertTrue(rows > 0 && columns > 0, "tile " + tile + " of " + tiling);
                covered += (long) rows * columns;
            }
            assertEquals((long) size[0] * size[1], covered, tiling.toString());
            assertEquals(0, Gemm.workspaceBytes(Gemm.Shape.of(false, false, size[0], size[1], 8)));
        }
    }
}
