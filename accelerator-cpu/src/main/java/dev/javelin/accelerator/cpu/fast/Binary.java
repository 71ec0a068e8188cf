package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;

/**
 * Functions of two fp32 arrays, element by element, with broadcasting of either.
 *
 * <p>Bits: each element by itself. MAX and MIN are those of {@link Math}: NaN wins, −0 is below 0.
 */
public final class Binary {

    private Binary() {}

    /** Which function. */
    public enum Op {
        ADD,
        SUB,
        MUL,
        DIV,
        MAX,
        MIN
    }

    /** {@code z[i] = op(x[i], y[i])} for n elements; z may be x or y. */
    public static void run(Workers workers, Op op, long n, long x, long y, long z) {
        Tiles.run(
                workers,
                n,
                Tiles.ELEMENTS,
                (from, to) -> BinaryLoops.run(op, x + 4 * from, y + 4 * from, z + 4 * from, to - from));
    }

    /** {@code z[i] = op(x[i], y)} with one float y read from memory. */
    public static void runScalar(Workers workers, Op op, long n, long x, long y, long z) {
        float scalar = Raw.getFloat(y);
        Tiles.run(
                workers,
                n,
                Tiles.ELEMENTS,
                (from, to) -> BinaryLoops.runScalar(op, x + 4 * from, scalar, z + 4 * from, to - from));
    }

    /** {@code z[i] = op(x, y[i])} with one float x read from memory. */
    public static void scalarRun(Workers workers, Op op, long n, long x, long y, long z) {
        float scalar = Raw.getFloat(x);
        Tiles.run(
                workers,
                n,
                Tiles.ELEMENTS,
                (from, to) -> BinaryLoops.scalarRun(op, scalar, y + 4 * from, z + 4 * from, to - from));
    }

    /**
     * {@code z[i, j, k, l] = op(x[...], y[...])} where z is contiguous of up to four dims and each operand has its own
     * strides: a row vector over [M, N] has strides (0, 1), rows repeated over a batch (0, C, 1), a column (1, 0).
     *
     * @param dims extents of z, slowest first
     * @param strideX elements from one index to the next in x for each dim, 0 where x is repeated; {@code strideY}
     *     likewise; the last is 0 or 1
     */
    public static void runStrided(
            Workers workers, Op op, long[] dims, long x, long[] strideX, long y, long[] strideY, long z) {
        Strided shape = Strided.of(dims, strideX, strideY);
        long inner = shape.dims()[3];
        long stepX = shape.strideX()[3];
        long stepY = shape.strideY()[3];
        if (stepX > 1 || stepY > 1 || stepX < 0 || stepY < 0) {
            throw new IllegalArgumentException("the last strides are " + stepX + " and " + stepY + ", expected 0 or 1");
        }
        Tiles.rows(workers, shape.rows(), inner, (from, to) -> {
            for (long row = from; row < to; row++) {
                long atX = x + 4 * shape.offsetX(row);
                long atY = y + 4 * shape.offsetY(row);
                long atZ = z + 4 * row * inner;
                if (stepX == 1 && stepY == 1) {
                    BinaryLoops.run(op, atX, atY, atZ, inner);
                } else if (stepX == 1) {
                    BinaryLoops.runScalar(op, atX, Raw.getFloat(atY), atZ, inner);
                } else if (stepY == 1) {
                    BinaryLoops.scalarRun(op, Raw.getFloat(atX), atY, atZ, inner);
                } else {
                    BinaryLoops.runScalar(op, atX, Raw.getFloat(atY), atZ, 1);
                    Flat.fillRow(atZ, inner, Raw.getFloat(atZ));
                }
            }
        });
    }
}
