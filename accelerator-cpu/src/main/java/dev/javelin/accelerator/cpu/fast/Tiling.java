package dev.javelin.accelerator.cpu.fast;

/**
 * The cut of a matrix product into tiles: a function of the shape alone.
 *
 * <p>Tiles have at most {@link #MOST_ROWS} rows and {@link #MOST_COLUMNS} columns. A product of fewer than {@link
 * #ENOUGH} tiles is cut further, so that several threads are busy: rows down to {@link #GOOD_ROWS}, then the longer side
 * while neither falls below {@link #SMALLEST}. A call packs both operands, so wide tiles repeat less work (2048 x 512 by
 * 128, one thread: 256 x 512 87 GFLOP/s, 256 x 256 69, whole 91).
 *
 * <p>The gradient of a weight is small and deep: K is the number of tokens. If it has few tiles, K is cut into up to
 * {@link #MOST_PARTS} parts instead, which are added up in order afterwards (384 x 1536 by 3072, one thread: 192 x 768
 * tiles 73 GFLOP/s, parts of 768 86, whole 87).
 *
 * @param rows rows of a tile (the last one may have fewer)
 * @param columns columns of a tile
 * @param depth of K that a tile sums (the last part may have less)
 * @param downs tiles from top to bottom
 * @param acrosses tiles from left to right
 * @param parts of K
 */
record Tiling(int rows, int columns, int depth, int downs, int acrosses, int parts) {

    private static final int MOST_ROWS = 768;
    private static final int MOST_COLUMNS = 1536;
    private static final int GOOD_ROWS = 256;
    private static final int SMALLEST = 192;
    private static final int ENOUGH = 8;
    private static final int MOST_PARTS = 4;
    private static final int SMALLEST_DEPTH = 512;

    /** Tile sides are multiples of this, the width of BLAS micro-kernels. */
    private static final int GRAIN = 32;

    /** With K cut where that pays. */
    static Tiling of(Gemm.Shape shape) {
        int downs = Raw.ceilDiv(Math.max(1, shape.m()), MOST_ROWS);
        int acrosses = Raw.ceilDiv(Math.max(1, shape.n()), MOST_COLUMNS);
        int parts = Math.min(MOST_PARTS, shape.k() / SMALLEST_DEPTH);
        boolean deep = shape.k() >= 2 * (long) Math.max(shape.m(), shape.n());
        boolean few = (long) downs * acrosses * shape.batch() <= ENOUGH / MOST_PARTS;
        return deep && few && parts > 1 ? cut(shape, downs, acrosses, parts) : whole(shape);
    }

    /** With the whole of K in one call. */
    static Tiling whole(Gemm.Shape shape) {
        int m = Math.max(1, shape.m());
        int n = Math.max(1, shape.n());
        int acrosses = Raw.ceilDiv(n, MOST_COLUMNS);
        int wanted = Raw.ceilDiv(ENOUGH, (long) acrosses * shape.batch());
        int downs = Math.max(Raw.ceilDiv(m, MOST_ROWS), Math.min(wanted, m / GOOD_ROWS));
        while ((long) downs * acrosses * shape.batch() < ENOUGH) {
            int tall = m / downs;
            int wide = n / acrosses;
            if (Math.max(tall, wide) < 2 * SMALLEST) {
                break;
            }
            if (tall >= wide) {
                downs *= 2;
            } else {
                acrosses *= 2;
            }
        }
        return cut(shape, downs, acrosses, 1);
    }

    private static Tiling cut(Gemm.Shape shape, int downs, int acrosses, int parts) {
        int m = Math.max(1, shape.m());
        int n = Math.max(1, shape.n());
        int rows = side(m, downs);
        int columns = side(n, acrosses);
        int depth = parts == 1 ? shape.k() : side(shape.k(), parts);
        int cuts = parts == 1 ? 1 : Raw.ceilDiv(shape.k(), depth);
        return new Tiling(rows, columns, depth, Raw.ceilDiv(m, rows), Raw.ceilDiv(n, columns), cuts);
    }

    private static int side(int length, int parts) {
        return Raw.ceilDiv(Raw.ceilDiv(length, parts), GRAIN) * GRAIN;
    }

    int tiles(int batch) {
        return Math.multiplyExact(Math.multiplyExact(downs, acrosses), Math.multiplyExact(batch, parts));
    }

    int part(int tile) {
        return tile / (downs * acrosses) % parts;
    }

    int item(int tile) {
        return tile / (downs * acrosses) / parts;
    }

    int row(int tile) {
        return tile % (downs * acrosses) / acrosses * rows;
    }

    int column(int tile) {
        return tile % acrosses * columns;
    }
}
