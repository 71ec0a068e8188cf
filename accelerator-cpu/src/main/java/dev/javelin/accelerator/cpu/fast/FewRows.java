package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * {@code C = epilogue(A · Bᵀ)} for an A of few rows, as generation has: fp32, A [m, k], B [n, k], C [m, n], contiguous.
 *
 * <p>BLAS packs B before it multiplies, which for one row costs more than the product. Here each row of B is read once,
 * straight from memory, and meets all rows of A: the time is that of reading B.
 *
 * <p>Bits: tiles are columns of C, cut by k; each element of C is one dot product, summed lane by lane and then over the
 * lanes in a fixed order, the same for every m. So a row's result depends neither on the other rows nor on threads.
 */
public final class FewRows {

    /** Largest m. With more rows, BLAS is faster: its time grows more slowly than in proportion. */
    public static final int MOST = 8;

    /** Elements of B in a tile: 256 KiB, ten microseconds or more of reading. */
    private static final int TILE = 1 << 16;

    private FewRows() {}

    /** Whether a product is one for this kernel. */
    public static boolean fits(Gemm.Shape shape) {
        return shape.m() <= MOST
                && !shape.transA()
                && shape.transB()
                && shape.batch() == 1
                && !shape.accumulate()
                && shape.lda() == shape.k()
                && shape.ldb() == shape.k()
                && shape.ldc() == shape.n();
    }

    /**
     * The product; arguments as in {@link Gemm#run}.
     *
     * @param residual laid out like C, or 0 for none; not C itself
     */
    public static void run(
            Workers workers, Gemm.Shape shape, long a, long b, long c, long bias, long preActivation, long residual) {
        int k = shape.k();
        int n = shape.n();
        int columns = Math.max(16, TILE / k / 4 * 4);
        boolean epilogue = bias != 0 || preActivation != 0 || residual != 0 || shape.gelu();
        workers.run(Raw.ceilDiv(n, columns), (tile, worker) -> {
            int from = tile * columns;
            int to = Math.min(n, from + columns);
            int j = from;
            for (; j <= to - 4; j += 4) {
                for (int i = 0; i < shape.m(); i++) {
                    four(a + 4L * i * k, b + 4L * j * k, k, c + 4 * ((long) i * n + j));
                }
            }
            for (; j < to; j++) {
                for (int i = 0; i < shape.m(); i++) {
                    Raw.putFloat(c + 4 * ((long) i * n + j), Rows.dot(a + 4L * i * k, b + 4L * j * k, k));
                }
            }
            if (epilogue) {
                long pre = preActivation == 0 ? 0 : preActivation + 4L * from;
                long add = residual == 0 ? 0 : residual + 4L * from;
                long row = bias == 0 ? 0 : bias + 4L * from;
                Gemm.epilogue(shape.m(), to - from, n, c + 4L * from, row, pre, shape.gelu(), add);
            }
        });
    }

    /** Dot products of x with four rows that follow each other: the same bits as {@link Rows#dot}. */
    static void four(long x, long rows, int k, long out) {
        long row1 = rows + 4L * k;
        long row2 = row1 + 4L * k;
        long row3 = row2 + 4L * k;
        FloatVector s0 = Raw.splat(0f);
        FloatVector s1 = Raw.splat(0f);
        FloatVector s2 = Raw.splat(0f);
        FloatVector s3 = Raw.splat(0f);
        long i = 0;
        for (; i <= k - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            s0 = v.fma(Raw.load(rows + 4 * i), s0);
            s1 = v.fma(Raw.load(row1 + 4 * i), s1);
            s2 = v.fma(Raw.load(row2 + 4 * i), s2);
            s3 = v.fma(Raw.load(row3 + 4 * i), s3);
        }
        if (i < k) {
            VectorMask<Float> m = Raw.head(k - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            s0 = v.fma(Raw.load(rows + 4 * i, m), s0);
            s1 = v.fma(Raw.load(row1 + 4 * i, m), s1);
            s2 = v.fma(Raw.load(row2 + 4 * i, m), s2);
            s3 = v.fma(Raw.load(row3 + 4 * i, m), s3);
        }
        Raw.putFloat(out, Raw.sum(s0));
        Raw.putFloat(out + 4, Raw.sum(s1));
        Raw.putFloat(out + 8, Raw.sum(s2));
        Raw.putFloat(out + 12, Raw.sum(s3));
    }
}
