package dev.javelin.accelerator.cpu.fast;

/**
 * Extents of a contiguous array of four dims and the strides of two operands over it.
 *
 * <p>Neighbouring dims that both operands walk through as one are merged, so that the innermost loop is as long as it
 * can be.
 */
record Strided(long[] dims, long[] strideX, long[] strideY) {

    static Strided of(long[] dims, long[] strideX, long[] strideY) {
        if (dims.length > 4 || strideX.length != dims.length || strideY.length != dims.length) {
            throw new IllegalArgumentException("expected up to 4 dims and a stride for each, got " + dims.length
                    + " dims, " + strideX.length + " and " + strideY.length + " strides");
        }
        long[] d = {1, 1, 1, 1};
        long[] x = new long[4];
        long[] y = new long[4];
        int at = 3;
        boolean empty = true;
        for (int i = dims.length - 1; i >= 0; i--) {
            if (dims[i] == 1) {
                continue;
            }
            if (!empty && strideX[i] == x[at] * d[at] && strideY[i] == y[at] * d[at]) {
                d[at] *= dims[i];
                continue;
            }
            at = empty ? at : at - 1;
            empty = false;
            d[at] = dims[i];
            x[at] = strideX[i];
            y[at] = strideY[i];
        }
        return new Strided(d, x, y);
    }

    /** Rows of the innermost dim. */
    long rows() {
        return dims[0] * dims[1] * dims[2];
    }

    long offsetX(long row) {
        return offset(row, strideX);
    }

    long offsetY(long row) {
        return offset(row, strideY);
    }

    private long offset(long row, long[] strides) {
        long k = row % dims[2];
        long rest = row / dims[2];
        return rest / dims[1] * strides[0] + rest % dims[1] * strides[1] + k * strides[2];
    }
}
