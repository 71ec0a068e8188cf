package dev.javelin.accelerator.cpu.fast;

/**
 * The cut of the result of a matrix product into tiles: a function of the shape alone.
 *
 * <p>Tiles have at most {@link #MOST_ROWS} rows and {@link #MOST_COLUMNS} columns; a product with few tiles is cut
 * further until {@link #ENOUGH} of them can keep several threads busy or sides would fall below {@link #SMALLEST}, where
 * calls become slow. Rows are cut first, down to {@link #GOOD_ROWS}, then the longer side: a call packs both operands,
 * so wide tiles repeat less work (3072 x 1152 by 384, one thread: 384 x 1152 90 GFLOP/s, 768 x 576 86, whole 98).
 *
 * @param rows rows of a tile (the last one may have fewer)
 * @param columns columns of a tile
 * @param downs tiles from top to bottom
 * @param acrosses tiles from left to right
 */
record Tiling(int rows, int columns, int downs, int acrosses) {

    private static final int MOST_ROWS = 768;
    private static final int MOST_COLUMNS = 1536;
    private static final int GOOD_ROWS = 384;
    private static final int SMALLEST = 192;
    private static final int ENOUGH = 8;

    /** Tile sides are multiples of this, the width of BLAS micro-kernels. */
    private static final int GRAIN = 32;

    static Tiling of(Gemm.Shape shape) {
        int m = Math.max(1, shape.m());
        int n = Math.max(1, shape.n());
        int downs = Raw.ceilDiv(m, MOST_ROWS);
        int acrosses = Raw.ceilDiv(n, MOST_COLUMNS);
        while ((long) downs * acrosses * shape.batch() < ENOUGH) {
            int tall = m / downs;
            int wide = n / acrosses;
            if (Math.max(tall, wide) < 2 * SMALLEST) {
                break;
            }
            if (tall >= 2 * GOOD_ROWS || tall >= wide) {
                downs *= 2;
            } else {
                acrosses *= 2;
            }
        }
        int rows = side(m, downs);
        int columns = side(n, acrosses);
        return new Tiling(rows, columns, Raw.ceilDiv(m, rows), Raw.ceilDiv(n, columns));
    }

    private static int side(int length, int parts) {
        return Raw.ceilDiv(Raw.ceilDiv(length, parts), GRAIN) * GRAIN;
    }

    int tiles(int batch) {
        return Math.multiplyExact(Math.multiplyExact(downs, acrosses), batch);
    }

    int item(int tile) {
        return tile / (downs * acrosses);
    }

    int row(int tile) {
        return tile % (downs * acrosses) / acrosses * rows;
    }

    int column(int tile) {
        return tile % acrosses * columns;
    }
}
