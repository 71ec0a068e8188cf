package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * {@code C = epilogue(op(A) · op(B) [+ C])}, row-major, over a batch, with one-thread BLAS calls on tiles of C.
 *
 * <p>Epilogue, element by element while the tile is in cache: {@code t = c + bias[n]}; t is stored as the pre-activation
 * if wanted; {@code t = gelu(t)} if the shape says so; {@code c = t + residual[m, n]}.
 *
 * <p>Bits: the cut into tiles depends on the shape only ({@link Tiling}), a tile is one BLAS call over the whole of K
 * or a part of it; parts are added up in order.
 */
public final class Gemm {

    private Gemm() {}

    /**
     * What is multiplied: op(A) is [m, k], op(B) is [k, n], C is [m, n].
     *
     * @param transA whether A is stored as [k, m]
     * @param transB whether B is stored as [n, k], as the weight of a linear layer is
     * @param lda elements from one stored row of A to the next; likewise {@code ldb}, {@code ldc}
     * @param batch number of products
     * @param strideA elements from one A of the batch to the next, 0 for the same; likewise {@code strideB}
     * @param strideC elements from one C of the batch to the next
     * @param accumulate whether C is added to
     * @param gelu whether the epilogue applies GELU
     */
    public record Shape(
            boolean transA,
            boolean transB,
            int m,
            int n,
            int k,
            int lda,
            int ldb,
            int ldc,
            int batch,
            long strideA,
            long strideB,
            long strideC,
            boolean accumulate,
            boolean gelu) {

        /** One product of contiguous matrices that overwrites C. */
        public static Shape of(boolean transA, boolean transB, int m, int n, int k) {
            return new Shape(transA, transB, m, n, k, transA ? m : k, transB ? k : n, n, 1, 0, 0, 0, false, false);
        }

        public Shape withLeading(int a, int b, int c) {
            return new Shape(transA, transB, m, n, k, a, b, c, batch, strideA, strideB, strideC, accumulate, gelu);
        }

        public Shape withBatch(int count, long a, long b, long c) {
            return new Shape(transA, transB, m, n, k, lda, ldb, ldc, count, a, b, c, accumulate, gelu);
        }

        public Shape withAccumulate(boolean add) {
            return new Shape(transA, transB, m, n, k, lda, ldb, ldc, batch, strideA, strideB, strideC, add, gelu);
        }

        public Shape withGelu(boolean apply) {
            return new Shape(
                    transA, transB, m, n, k, lda, ldb, ldc, batch, strideA, strideB, strideC, accumulate, apply);
        }
    }

    /** Bytes that {@link #run} needs: the sums of all parts of K but the first; 0 unless K is cut. */
    public static long workspaceBytes(Shape shape) {
        return 4L * (Tiling.of(shape).parts() - 1) * shape.batch * shape.m * shape.n;
    }

    /**
     * The product in fp32.
     *
     * @param bias [n], or 0 for none
     * @param preActivation laid out like C, or 0 for none: receives the argument of GELU
     * @param residual laid out like C, or 0 for none; may be C unless the shape accumulates or applies GELU
     * @param workspace {@link #workspaceBytes} bytes
     */
    public static void run(
            Workers workers,
            SerialBlas blas,
            Shape shape,
            long a,
            long b,
            long c,
            long bias,
            long preActivation,
            long residual,
            long workspace) {
        Tiling tiling = Tiling.of(shape);
        boolean epilogue = bias != 0 || preActivation != 0 || residual != 0 || shape.gelu;
        if (residual == c && residual != 0 && (shape.accumulate || shape.gelu)) {
            throw new IllegalArgumentException(
                    "a product that accumulates or applies GELU can't have its result as residual");
        }
        boolean residualFirst = residual != 0 && residual == c;
        float beta = shape.accumulate || residualFirst ? 1f : 0f;
        workers.run(tiling.tiles(shape.batch), (tile, worker) -> {
            int i = tiling.row(tile);
            int j = tiling.column(tile);
            int item = tiling.item(tile);
            int part = tiling.part(tile);
            int from = part * tiling.depth();
            int rows = Math.min(tiling.rows(), shape.m - i);
            int cols = Math.min(tiling.columns(), shape.n - j);
            int depth = Math.min(tiling.depth(), shape.k - from);
            long atA = a + 4 * (item * shape.strideA + at(shape.transA, shape.lda, i, from));
            long atB = b + 4 * (item * shape.strideB + at(shape.transB, shape.ldb, from, j));
            long at = 4 * (item * shape.strideC + (long) i * shape.ldc + j);
            boolean first = part == 0;
            long sum = first ? c + at : partial(shape, workspace, item, part) + 4 * ((long) i * shape.n + j);
            blas.sgemm(
                    shape.transA,
                    shape.transB,
                    rows,
                    cols,
                    depth,
                    1f,
                    atA,
                    shape.lda,
                    atB,
                    shape.ldb,
                    first ? beta : 0f,
                    sum,
                    first ? shape.ldc : shape.n);
            if (epilogue && tiling.parts() == 1) {
                long add = residual == 0 || residualFirst ? 0 : residual + at;
                long pre = preActivation == 0 ? 0 : preActivation + at;
                epilogue(rows, cols, shape.ldc, c + at, bias == 0 ? 0 : bias + 4L * j, pre, shape.gelu, add);
            }
        });
        if (tiling.parts() > 1) {
            Tiles.rows(workers, (long) shape.batch * shape.m, shape.n, (begin, end) -> {
                for (long r = begin; r < end; r++) {
                    long at = 4 * (r / shape.m * shape.strideC + r % shape.m * shape.ldc);
                    addParts(shape, tiling.parts(), workspace, r, c + at);
                    if (epilogue) {
                        long add = residual == 0 || residualFirst ? 0 : residual + at;
                        long pre = preActivation == 0 ? 0 : preActivation + at;
                        epilogue(1, shape.n, shape.ldc, c + at, bias, pre, shape.gelu, add);
                    }
                }
            });
        }
    }

    /** Elements before row i, column j of an operand that may be stored transposed. */
    private static long at(boolean transposed, int leading, int i, int j) {
        return transposed ? (long) j * leading + i : (long) i * leading + j;
    }

    /** Where the sums of a part of K lie, [m, n]; those of part 0 are in C. */
    private static long partial(Shape shape, long workspace, int item, int part) {
        return workspace + 4L * ((part - 1L) * shape.batch + item) * shape.m * shape.n;
    }

    /** Adds row r of the stacked [batch · m, n] sums of parts 1, 2, ... to a row of C. */
    private static void addParts(Shape shape, int parts, long workspace, long r, long c) {
        long apart = 4L * shape.batch * shape.m * shape.n;
        long row = workspace + 4 * r * shape.n;
        int i = 0;
        for (; i <= shape.n - Raw.LANES; i += Raw.LANES) {
            FloatVector sum = Raw.load(c + 4L * i);
            for (int part = 0; part < parts - 1; part++) {
                sum = sum.add(Raw.load(row + part * apart + 4L * i));
            }
            Raw.store(sum, c + 4L * i);
        }
        if (i < shape.n) {
            VectorMask<Float> m = Raw.head(shape.n - i);
            FloatVector sum = Raw.load(c + 4L * i, m);
            for (int part = 0; part < parts - 1; part++) {
                sum = sum.add(Raw.load(row + part * apart + 4L * i, m));
            }
            Raw.store(sum, c + 4L * i, m);
        }
    }

    /** What follows a product, on [rows, cols] of C and what is laid out like it. */
    static void epilogue(int rows, int cols, int ldc, long c, long bias, long pre, boolean gelu, long residual) {
        for (int i = 0; i < rows; i++) {
            long row = 4L * i * ldc;
            if (pre != 0) {
                addRow(c + row, bias, 0, pre + row, cols);
            }
            if (gelu) {
                geluRow(c + row, bias, residual == 0 ? 0 : residual + row, cols);
            } else {
                addRow(c + row, bias, residual == 0 ? 0 : residual + row, c + row, cols);
            }
        }
    }

    /** {@code out = c + bias + residual}, an absent term being 0. */
    private static void addRow(long c, long bias, long residual, long out, int n) {
        FloatVector zero = Raw.splat(0f);
        int i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector t = Raw.load(c + 4L * i).add(bias == 0 ? zero : Raw.load(bias + 4L * i));
            Raw.store(t.add(residual == 0 ? zero : Raw.load(residual + 4L * i)), out + 4L * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector t = Raw.load(c + 4L * i, m).add(bias == 0 ? zero : Raw.load(bias + 4L * i, m));
            Raw.store(t.add(residual == 0 ? zero : Raw.load(residual + 4L * i, m)), out + 4L * i, m);
        }
    }

    /** {@code c = gelu(c + bias) + residual}, an absent term being 0. */
    private static void geluRow(long c, long bias, long residual, int n) {
        FloatVector zero = Raw.splat(0f);
        int i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector t = Functions.gelu(Raw.load(c + 4L * i).add(bias == 0 ? zero : Raw.load(bias + 4L * i)));
            Raw.store(t.add(residual == 0 ? zero : Raw.load(residual + 4L * i)), c + 4L * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector t = Functions.gelu(Raw.load(c + 4L * i, m).add(bias == 0 ? zero : Raw.load(bias + 4L * i, m)));
            Raw.store(t.add(residual == 0 ? zero : Raw.load(residual + 4L * i, m)), c + 4L * i, m);
        }
    }

    /** The product in fp64, without an epilogue: {@code shape.gelu} must be false. */
    public static void runDouble(Workers workers, SerialBlas blas, Shape shape, long a, long b, long c) {
        if (shape.gelu) {
            throw new IllegalArgumentException("a product in fp64 has no GELU epilogue");
        }
        Tiling tiling = Tiling.whole(shape);
        workers.run(tiling.tiles(shape.batch), (tile, worker) -> {
            int i = tiling.row(tile);
            int j = tiling.column(tile);
            int item = tiling.item(tile);
            int rows = Math.min(tiling.rows(), shape.m - i);
            int cols = Math.min(tiling.columns(), shape.n - j);
            long atA = a + 8 * (item * shape.strideA + (shape.transA ? i : (long) i * shape.lda));
            long atB = b + 8 * (item * shape.strideB + (shape.transB ? (long) j * shape.ldb : j));
            long at = c + 8 * (item * shape.strideC + (long) i * shape.ldc + j);
            double beta = shape.accumulate ? 1 : 0;
            blas.dgemm(
                    shape.transA,
                    shape.transB,
                    rows,
                    cols,
                    shape.k,
                    1,
                    atA,
                    shape.lda,
                    atB,
                    shape.ldb,
                    beta,
                    at,
                    shape.ldc);
        });
    }
}
