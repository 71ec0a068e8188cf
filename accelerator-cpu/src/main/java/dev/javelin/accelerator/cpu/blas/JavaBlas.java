package dev.javelin.accelerator.cpu.blas;

import dev.javelin.accelerator.cpu.kernel.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentLinkedQueue;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link SerialBlas} in Java with the Vector API, for machines without OpenBLAS.
 *
 * <p>Operands are packed into panels (rows of A by {@link JavaMicroKernel#ROWS}, columns of B by {@link
 * JavaMicroKernel#COLUMNS}, both zero-padded) and multiplied by a micro-kernel that keeps its part of C in registers. An
 * element of C is a sum over k in ascending order by fma, in blocks of {@link #DEPTH} that are added to C in order:
 * its bits depend neither on its place nor on threads.
 *
 * <p>Source: Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, 2008.
 */
public final class JavaBlas implements SerialBlas {

    static final MemorySegment ALL = Memory.ALL;

    private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;

    /** Depth of a block of k: a panel of B stays in the first-level cache. */
    private static final int DEPTH = 256;

    /** Rows of a packed block of A: with the depth, 192 KiB, which stays in the second-level cache. */
    private static final int BLOCK_ROWS = 192;

    /** Columns of a packed block of B. */
    private static final int BLOCK_COLUMNS = 1024;

    /** Packing space of one call; kept between calls, as many as ever ran at once. */
    private static final class Scratch {
        final float[] a = new float[BLOCK_ROWS * DEPTH];
        final float[] b = new float[BLOCK_COLUMNS * DEPTH];
        final float[] c = new float[JavaMicroKernel.ROWS * JavaMicroKernel.COLUMNS];
    }

    private final ConcurrentLinkedQueue<Scratch> spare = new ConcurrentLinkedQueue<>();

    @Override
    public void sgemm(
            boolean transA,
            boolean transB,
            int m,
            int n,
            int k,
            float alpha,
            long a,
            int lda,
            long b,
            int ldb,
            float beta,
            long c,
            int ldc) {
        if (k == 0 || alpha == 0f) {
            scaleRows(m, n, beta, c, ldc);
            return;
        }
        Scratch scratch = spare.poll();
        if (scratch == null) {
            scratch = new Scratch();
        }
        for (int j = 0; j < n; j += BLOCK_COLUMNS) {
            int columns = Math.min(BLOCK_COLUMNS, n - j);
            for (int p = 0; p < k; p += DEPTH) {
                int depth = Math.min(DEPTH, k - p);
                float keep = p == 0 ? beta : 1f;
                long atB = b + 4 * (transB ? (long) j * ldb + p : (long) p * ldb + j);
                pack(scratch.b, JavaMicroKernel.COLUMNS, columns, depth, atB, transB ? ldb : 1, transB ? 1 : ldb);
                for (int i = 0; i < m; i += BLOCK_ROWS) {
                    int rows = Math.min(BLOCK_ROWS, m - i);
                    long atA = a + 4 * (transA ? (long) p * lda + i : (long) i * lda + p);
                    pack(scratch.a, JavaMicroKernel.ROWS, rows, depth, atA, transA ? 1 : lda, transA ? lda : 1);
                    multiply(scratch, rows, columns, depth, alpha, keep, c + 4 * ((long) i * ldc + j), ldc);
                }
            }
        }
        spare.add(scratch);
    }

    /** Panels of {@code width} rows of {@code in}: panel[k · width + r], rows beyond the end 0. */
    private static void pack(float[] panels, int width, int rows, int depth, long in, int rowStep, int depthStep) {
        int at = 0;
        for (int first = 0; first < rows; first += width) {
            int count = Math.min(width, rows - first);
            long base = in + 4L * first * rowStep;
            if (rowStep == 1 && count == width) {
                for (int p = 0; p < depth; p++, at += width) {
                    MemorySegment.copy(
                            ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, base + 4L * p * depthStep, panels, at, width);
                }
                continue;
            }
            for (int r = 0; r < width; r++) {
                long row = base + 4L * r * rowStep;
                for (int p = 0; p < depth; p++) {
                    panels[at + p * width + r] =
                            r < count ? ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, row + 4L * p * depthStep) : 0f;
                }
            }
            at += width * depth;
        }
    }

    private static void multiply(
            Scratch scratch, int rows, int columns, int depth, float alpha, float beta, long c, int ldc) {
        for (int j = 0; j < columns; j += JavaMicroKernel.COLUMNS) {
            int wide = Math.min(JavaMicroKernel.COLUMNS, columns - j);
            for (int i = 0; i < rows; i += JavaMicroKernel.ROWS) {
                int tall = Math.min(JavaMicroKernel.ROWS, rows - i);
                JavaMicroKernel.multiply(depth, scratch.a, i * depth, scratch.b, j * depth, scratch.c);
                store(scratch.c, tall, wide, alpha, beta, c + 4 * ((long) i * ldc + j), ldc);
            }
        }
    }

    private static void store(float[] part, int rows, int columns, float alpha, float beta, long c, int ldc) {
        VectorSpecies<Float> f = JavaMicroKernel.F;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j += f.length()) {
                VectorMask<Float> m = f.indexInRange(j, columns);
                long at = c + 4 * ((long) i * ldc + j);
                FloatVector v = FloatVector.fromArray(f, part, i * JavaMicroKernel.COLUMNS + j)
                        .mul(alpha);
                if (beta != 0f) {
                    FloatVector old = FloatVector.fromMemorySegment(f, ALL, at, ByteOrder.nativeOrder(), m);
                    v = old.fma(FloatVector.broadcast(f, beta), v);
                }
                v.intoMemorySegment(ALL, at, ByteOrder.nativeOrder(), m);
            }
        }
    }

    private static void scaleRows(int m, int n, float beta, long c, int ldc) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                long at = c + 4 * ((long) i * ldc + j);
                float old = beta == 0f ? 0f : beta * ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
                ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, old);
            }
        }
    }

    /** Row by row of C, adding rows of op(B): simple, and as exact as the order of k allows. */
    @Override
    public void dgemm(
            boolean transA,
            boolean transB,
            int m,
            int n,
            int k,
            double alpha,
            long a,
            int lda,
            long b,
            int ldb,
            double beta,
            long c,
            int ldc) {
        double[] row = new double[n];
        double[] bRow = new double[n];
        double[] packed = transB ? packTransposed(n, k, b, ldb) : new double[0];
        for (int i = 0; i < m; i++) {
            java.util.Arrays.fill(row, 0);
            for (int p = 0; p < k; p++) {
                double factor = get(a, transA ? (long) p * lda + i : (long) i * lda + p);
                if (transB) {
                    addScaled(row, factor, packed, p * n, n);
                } else {
                    MemorySegment.copy(ALL, ValueLayout.JAVA_DOUBLE_UNALIGNED, b + 8L * p * ldb, bRow, 0, n);
                    addScaled(row, factor, bRow, 0, n);
                }
            }
            for (int j = 0; j < n; j++) {
                long at = c + 8 * ((long) i * ldc + j);
                double old = beta == 0 ? 0 : beta * ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at);
                ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, old + alpha * row[j]);
            }
        }
    }

    private static double get(long base, long index) {
        return ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, base + 8 * index);
    }

    private static double[] packTransposed(int n, int k, long b, int ldb) {
        double[] packed = new double[Math.multiplyExact(n, k)];
        for (int j = 0; j < n; j++) {
            for (int p = 0; p < k; p++) {
                packed[p * n + j] = get(b, (long) j * ldb + p);
            }
        }
        return packed;
    }

    private static void addScaled(double[] row, double factor, double[] b, int offset, int n) {
        DoubleVector f = DoubleVector.broadcast(D, factor);
        int j = 0;
        for (; j <= n - D.length(); j += D.length()) {
            DoubleVector.fromArray(D, b, offset + j)
                    .fma(f, DoubleVector.fromArray(D, row, j))
                    .intoArray(row, j);
        }
        for (; j < n; j++) {
            row[j] = Math.fma(b[offset + j], factor, row[j]);
        }
    }

    @Override
    public String description() {
        return "Java kernels, " + JavaMicroKernel.F.vectorBitSize() + "-bit vectors";
    }
}
