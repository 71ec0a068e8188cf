package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Copies an array of up to four dims in another order of its dims. Bits are moved, not computed.
 *
 * <p>If the last dim stays last, whole rows are moved (as between [B, T, H, D] and [B, H, T, D]); otherwise squares of
 * the two dims that are last before and after are moved, so that both sides go by cache lines.
 */
public final class Permute {

    /** Side of a square of elements. */
    private static final int SQUARE = 32;

    private Permute() {}

    /**
     * {@code out[i[order[0]], i[order[1]], ...] = in[i[0], i[1], ...]}: dim d of the result is dim {@code order[d]} of the
     * operand. Both are contiguous and don't overlap.
     *
     * @param dims extents of the operand, up to four
     * @param order a permutation of 0 to dims.length - 1
     * @param elementBytes 4 or 8
     */
    public static void run(Workers workers, long[] dims, int[] order, int elementBytes, long in, long out) {
        if (dims.length > 4 || order.length != dims.length) {
            throw new IllegalArgumentException(
                    "expected up to 4 dims and as many in the order, got " + dims.length + " and " + order.length);
        }
        if (elementBytes != 4 && elementBytes != 8) {
            throw new IllegalArgumentException("elements have " + elementBytes + " bytes, expected 4 or 8");
        }
        long[] extents = {1, 1, 1, 1}; // of the result
        long[] strides = new long[4]; // of the operand, per dim of the result, in bytes
        int pad = 4 - dims.length;
        long[] inStrides = new long[dims.length];
        long step = elementBytes;
        for (int i = dims.length - 1; i >= 0; i--) {
            inStrides[i] = step;
            step *= dims[i];
        }
        for (int d = 0; d < order.length; d++) {
            extents[pad + d] = dims[order[d]];
            strides[pad + d] = inStrides[order[d]];
        }
        if (order.length == 0 || order[order.length - 1] == order.length - 1) {
            long rowBytes = extents[3] * elementBytes;
            moveRows(workers, extents, strides, rowBytes, in, out);
        } else {
            int last = pad + indexOf(order, order.length - 1);
            moveSquares(workers, extents, strides, last, elementBytes, in, out);
        }
    }

    private static int indexOf(int[] order, int dim) {
        int at = 0;
        while (order[at] != dim) {
            at++;
        }
        return at;
    }

    private static void moveRows(Workers workers, long[] extents, long[] strides, long rowBytes, long in, long out) {
        long rows = extents[0] * extents[1] * extents[2];
        Tiles.rows(workers, rows, rowBytes / 4, (from, to) -> {
            for (long row = from; row < to; row++) {
                long k = row % extents[2];
                long rest = row / extents[2];
                long at = in + rest / extents[1] * strides[0] + rest % extents[1] * strides[1] + k * strides[2];
                moveRow(at, out + row * rowBytes, rowBytes);
            }
        });
    }

    private static void moveRow(long from, long to, long bytes) {
        if (bytes > 1024 || bytes % 4 != 0) {
            MemorySegment.copy(Raw.ALL, from, Raw.ALL, to, bytes);
            return;
        }
        long at = 0;
        for (; at <= bytes - Raw.STEP; at += Raw.STEP) {
            Raw.store(Raw.load(from + at), to + at);
        }
        for (; at < bytes; at += 4) {
            Raw.putInt(to + at, Raw.getInt(from + at));
        }
    }

    /** {@code fast} is the dim of the result that is contiguous in the operand; dim 3 is contiguous in the result. */
    private static void moveSquares(
            Workers workers, long[] extents, long[] strides, int fast, int elementBytes, long in, long out) {
        long[] outStrides = new long[4];
        long step = elementBytes;
        for (int d = 3; d >= 0; d--) {
            outStrides[d] = step;
            step *= extents[d];
        }
        int[] others = new int[2];
        int count = 0;
        for (int d = 0; d < 3; d++) {
            if (d != fast) {
                others[count++] = d;
            }
        }
        int p = others[0];
        int q = others[1];
        long bands = (extents[fast] + SQUARE - 1) / SQUARE;
        Tiles.run(workers, extents[p] * extents[q] * bands, 1, (tile, end) -> {
            long band = tile % bands;
            long j = tile / bands % extents[q];
            long i = tile / bands / extents[q];
            long source = in + i * strides[p] + j * strides[q];
            long target = out + i * outStrides[p] + j * outStrides[q];
            long first = band * SQUARE;
            long stop = Math.min(extents[fast], first + SQUARE);
            for (long c = 0; c < extents[3]; c += SQUARE) {
                long cEnd = Math.min(extents[3], c + SQUARE);
                for (long r = first; r < stop; r++) {
                    long from = source + r * elementBytes;
                    long to = target + r * outStrides[fast];
                    if (elementBytes == 4) {
                        for (long x = c; x < cEnd; x++) {
                            Raw.putInt(to + 4 * x, Raw.getInt(from + x * strides[3]));
                        }
                    } else {
                        for (long x = c; x < cEnd; x++) {
                            Raw.putLong(to + 8 * x, Raw.getLong(from + x * strides[3]));
                        }
                    }
                }
            }
        });
    }
}
