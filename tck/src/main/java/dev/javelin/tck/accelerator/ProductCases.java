package dev.javelin.tck.accelerator;

import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.MatMul;
import dev.javelin.tck.accelerator.Tolerance.Scale;

/** Inputs for matrix products. */
final class ProductCases {
    private ProductCases() {}

    static void matmul(Cases c) {
        for (long[] e : c.shapes(
                new long[] {17, 33, 9},
                new long[] {2, 3, 5},
                new long[] {3, 2, 0},
                new long[] {64, 70, 130},
                new long[] {1, 1, 1},
                new long[] {0, 3, 2},
                new long[] {1, 257, 40},
                new long[] {129, 1, 300},
                new long[] {3, 0, 2})) {
            for (int transposes = 0; transposes < 4; transposes++) {
                boolean ta = (transposes & 1) != 0;
                boolean tb = (transposes & 2) != 0;
                MatMul product = new MatMul(ta, tb);
                long[] a = ta ? new long[] {e[2], e[0]} : new long[] {e[0], e[2]};
                long[] b = tb ? new long[] {e[1], e[2]} : new long[] {e[2], e[1]};
                c.add(Tolerance.SUM, Scale.TERMS, e[2], product, c.normal(a), c.normal(b));
                Value batch = c.normal(2, 3, a[0], a[1]);
                c.add(Tolerance.SUM, Scale.TERMS, e[2], product, batch, c.normal(2, 3, b[0], b[1]));
                if (!ta) {
                    c.add(Tolerance.SUM, Scale.TERMS, e[2], product, c.normal(3, a[0], a[1]), c.normal(b));
                }
            }
        }
    }

    static void fused(Cases c) {
        for (long[] e : c.shapes(
                new long[] {5, 3, 7},
                new long[] {17, 33, 9},
                new long[] {3, 4, 0},
                new long[] {1, 1, 1},
                new long[] {64, 70, 130},
                new long[] {1, 65, 33})) {
            for (int transposes = 0; transposes < 4; transposes++) {
                fused(c, e, (transposes & 1) != 0, (transposes & 2) != 0);
            }
        }
    }

    private static void fused(Cases c, long[] e, boolean ta, boolean tb) {
        Value a = c.normal(ta ? new long[] {e[2], e[0]} : new long[] {e[0], e[2]});
        Value b = c.normal(tb ? new long[] {e[1], e[2]} : new long[] {e[2], e[1]});
        Value bias = c.normal(e[1]);
        Value other = c.normal(e[0], e[1]);
        FusedMatMul plain = new FusedMatMul(ta, tb, false, false, false, false);
        add(c, e[2], plain, a, b);
        add(c, e[2], plain.withBias(), a, b, bias);
        add(c, e[2], plain.withGelu(), a, b);
        add(c, e[2], plain.withBias().withGelu(), a, b, bias);
        add(c, e[2], plain.withResidual(), a, b, other);
        add(c, e[2], plain.withBias().withResidual(), a, b, bias, other);
        add(c, e[2], plain.withAccumulate(), a, b, other);
    }

    private static void add(Cases c, long inner, FusedMatMul product, Value... inputs) {
        c.add(Tolerance.STORED_SUM, Scale.TERMS, inner, product, inputs);
    }
}
