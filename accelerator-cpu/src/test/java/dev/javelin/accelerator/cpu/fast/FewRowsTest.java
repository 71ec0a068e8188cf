package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.blas.JavaBlas;
import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FewRowsTest {

    @ParameterizedTest
    @CsvSource({"1,1,1", "1,5,3", "1,1003,64", "3,130,517", "8,67,2100", "2,16,70000", "5,33,8"})
    void theProductAndItsEpilogueAgreeWithThoseOfTiles(int m, int n, int k) {
        Random random = new Random(n);
        Gemm.Shape plain = Gemm.Shape.of(false, true, m, n, k);
        try (Workers workers = new Workers(3);
                Scratchpad pad = new Scratchpad()) {
            long a = pad.random(random, (long) m * k);
            long b = pad.random(random, (long) n * k);
            long bias = pad.random(random, n);
            long residual = pad.random(random, (long) m * n);
            long expected = pad.empty((long) m * n);
            long actual = pad.empty((long) m * n);
            long expectedPre = pad.empty((long) m * n);
            long pre = pad.empty((long) m * n);
            long workspace = pad.bytes(Gemm.workspaceBytes(plain));
            double tolerance = 1e-5 * Math.sqrt(k);

            Gemm.run(workers, new JavaBlas(), plain, a, b, expected, bias, 0, residual, workspace);
            FewRows.run(workers, plain, a, b, actual, bias, 0, residual);
            Close.to(Scratchpad.doubles(expected, (long) m * n), actual, tolerance, 1, "with bias and residual");

            Gemm.Shape gelu = plain.withGelu(true);
            Gemm.run(workers, new JavaBlas(), gelu, a, b, expected, bias, expectedPre, 0, workspace);
            FewRows.run(workers, gelu, a, b, actual, bias, pre, 0);
            Close.to(Scratchpad.doubles(expected, (long) m * n), actual, tolerance, 1, "with gelu");
            Close.to(Scratchpad.doubles(expectedPre, (long) m * n), pre, tolerance, 1, "before gelu");
        }
    }

    @Test
    void aRowHasTheSameBitsAloneAndAmongOthers() {
        int n = 203;
        int k = 77;
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long a = pad.random(new Random(1), 8L * k);
            long b = pad.random(new Random(2), (long) n * k);
            long all = pad.empty(8L * n);
            long one = pad.empty(n);
            FewRows.run(workers, Gemm.Shape.of(false, true, 8, n, k), a, b, all, 0, 0, 0);
            for (int i = 0; i < 8; i++) {
                FewRows.run(workers, Gemm.Shape.of(false, true, 1, n, k), a + 4L * i * k, b, one, 0, 0, 0);
                Close.same(Scratchpad.floats(all + 4L * i * n, n), one, "row " + i);
            }
        }
    }

    @Test
    void takesOnlyContiguousProductsOfAFewRowsWithATransposedRightOperand() {
        Gemm.Shape fitting = Gemm.Shape.of(false, true, FewRows.MOST, 100, 50);
        assertTrue(FewRows.fits(fitting));
        assertFalse(FewRows.fits(Gemm.Shape.of(false, true, FewRows.MOST + 1, 100, 50)));
        assertFalse(FewRows.fits(Gemm.Shape.of(true, true, 2, 100, 50)));
        assertFalse(FewRows.fits(Gemm.Shape.of(false, false, 2, 100, 50)));
        assertFalse(FewRows.fits(fitting.withAccumulate(true)));
        assertFalse(FewRows.fits(fitting.withBatch(2, 0, 0, 0)));
        assertFalse(FewRows.fits(fitting.withLeading(64, 50, 100)));
        assertEquals(FewRows.fits(fitting), FewRows.fits(fitting.withGelu(true)));
    }
}
