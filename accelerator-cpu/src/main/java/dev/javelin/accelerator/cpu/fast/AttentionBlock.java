package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.fast.Attention.Rows3;
import dev.javelin.accelerator.cpu.fast.Attention.Shape;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * One block of {@link #ROWS} queries of one head, forward and backward, by {@link Panels}: for heads whose width is whole
 * panels.
 *
 * <p>Scores are kept transposed, {@code Sᵀ} [keys, queries of the block]: keys and values are then read as they lie, only the
 * block's own queries and output gradients are turned; a lane is a query, so maxima and sums of the softmax need no
 * exchange between lanes; and a masked score costs nothing but in the panels and groups of rows that the diagonal crosses.
 *
 * <p>Data walk, forward: Q (times scale) is turned; Sᵀ = K · Qᵀ; its columns become e^(S − max), their sums and logarithms;
 * Y = (Sᵀ)ᵀ · V, each row divided by its sum. Backward: Q and dY are turned; Sᵀ and dPᵀ = V · dYᵀ; they become Pᵀ and
 * dSᵀ; dV += Pᵀ · dY, dK += dSᵀ · Q, dQ = (dSᵀ)ᵀ · K.
 *
 * <p>Bits: those of {@link Panels}; sums of a column run over keys in ascending order.
 */
final class AttentionBlock {

    /** Queries of a block. */
    static final int ROWS = 64;

    private static final long ROW = 4L * ROWS;

    /** 0, 1, 2, ... */
    private static final FloatVector LANE = FloatVector.broadcast(Raw.F, 0).addIndex(1);

    private final Shape shape;
    private final int first;
    private final int rows;
    private final int keys;
    private final long turned;
    private final long turnedGradient;
    private final long perQuery;
    private final long scores;
    private final long gradients;

    /**
     * @param block number of the block within its head
     * @param slot scratch of {@link #slotBytes}
     */
    AttentionBlock(Shape shape, int block, long slot) {
        this.shape = shape;
        first = block * ROWS;
        rows = Math.min(ROWS, shape.tokens() - first);
        keys = shape.causal() ? first + rows : shape.tokens();
        turned = slot;
        turnedGradient = turned + ROW * shape.headWidth();
        perQuery = turnedGradient + ROW * shape.headWidth();
        scores = perQuery + 2 * ROW;
        gradients = scores + ROW * shape.tokens();
    }

    /** True if heads of this shape are whole panels. */
    static boolean fits(Shape shape) {
        return ROWS % Panels.WIDTH == 0 && shape.headWidth() % Panels.WIDTH == 0;
    }

    /** Bytes of scratch of a block: turned operands, two floats a query, scores and, backward, their gradients. */
    static long slotBytes(Shape shape, boolean backward) {
        return ROW * (2L * shape.headWidth() + 2 + (backward ? 2L : 1L) * shape.tokens());
    }

    /** The number of keys that some query before {@code query} of this block sees. */
    private int seenBefore(int query) {
        return shape.causal() ? Math.min(keys, first + query) : keys;
    }

    /**
     * Forward.
     *
     * @param q first element of this block's and head's queries; {@code k}, {@code v} of the head's keys and values
     * @param out where the block's rows of y start, {@code outRow} bytes apart
     * @param lse where the logarithms of the block's sums go
     */
    void forward(long q, long k, long v, Rows3 in, long out, long outRow, long lse) {
        turn(q, 4L * in.qRow(), shape.scale(), turned);
        transposedProduct(k, 4L * in.kRow(), turned, scores);
        for (int query = 0; query < rows; query += Raw.LANES) {
            softmax(query, lse);
        }
        for (int d = 0; d < shape.headWidth(); d += Panels.WIDTH) {
            queryProduct(scores, v + 4L * d, 4L * in.vRow(), out + 4L * d, outRow);
        }
        for (int i = 0; i < rows; i++) {
            long row = out + i * outRow;
            Rows.scale(row, row, shape.headWidth(), Raw.getFloat(perQuery + 4L * i));
        }
    }

    /**
     * Backward.
     *
     * @param dy, y where the block's rows start, {@code yRow} bytes apart
     * @param dq where the block's gradients go; {@code dk}, {@code dv} where those of the head's keys and values are
     * @param add whether dk and dv are added to
     */
    void backward(
            long q,
            long k,
            long v,
            Rows3 in,
            long dy,
            long y,
            long yRow,
            long lse,
            long dq,
            long dk,
            long dv,
            Rows3 out,
            boolean add) {
        turn(q, 4L * in.qRow(), shape.scale(), turned);
        turn(dy, yRow, 1f, turnedGradient);
        transposedProduct(k, 4L * in.kRow(), turned, scores);
        transposedProduct(v, 4L * in.vRow(), turnedGradient, gradients);
        for (int i = 0; i < rows; i++) {
            Raw.putFloat(perQuery + 4L * i, Rows.dot(dy + i * yRow, y + i * yRow, shape.headWidth()));
        }
        for (int query = 0; query < rows; query += Raw.LANES) {
            gradient(query, lse);
        }
        for (int d = 0; d < shape.headWidth(); d += Panels.WIDTH) {
            keyProduct(scores, dy + 4L * d, yRow, dv + 4L * d, 4L * out.vRow(), add);
            keyProduct(gradients, q + 4L * d, 4L * in.qRow(), dk + 4L * d, 4L * out.kRow(), add);
            queryProduct(gradients, k + 4L * d, 4L * in.kRow(), dq + 4L * d, 4L * out.qRow());
        }
    }

    /** {@code to[d, i] = from[i, d] · factor}; columns without a query become 0. */
    private void turn(long from, long fromRow, float factor, long to) {
        for (int d = 0; d < shape.headWidth(); d++) {
            turnColumn(from + 4L * d, fromRow, rows, factor, to + d * ROW);
        }
    }

    private static void turnColumn(long from, long fromRow, int rows, float factor, long to) {
        for (int i = 0; i < rows; i++) {
            Raw.putFloat(to + 4L * i, Raw.getFloat(from + i * fromRow) * factor);
        }
        for (int i = rows; i < ROWS; i++) {
            Raw.putFloat(to + 4L * i, 0f);
        }
    }

    /** {@code to[j, i] = Σ_d from[j, d] · turned[d, i]} for the keys j that a panel's queries see. */
    private void transposedProduct(long from, long fromRow, long turned, long to) {
        int d = shape.headWidth();
        for (int query = 0; query < rows; query += Panels.WIDTH) {
            int seen = seenBefore(query + Panels.WIDTH);
            long panel = 4L * query;
            int j = 0;
            for (; j <= seen - Panels.ROWS; j += Panels.ROWS) {
                Panels.four(from + j * fromRow, fromRow, 4, turned + panel, ROW, d, to + j * ROW + panel, ROW);
            }
            for (; j < seen; j++) {
                Panels.one(from + j * fromRow, 4, turned + panel, ROW, d, to + j * ROW + panel, false);
            }
        }
    }

    /** {@code to[i] = Σ_j columns[j, i] · from[j]} for one panel of the width. */
    private void queryProduct(long columns, long from, long fromRow, long to, long toRow) {
        int i = 0;
        for (; i <= rows - Panels.ROWS; i += Panels.ROWS) {
            int depth = seenBefore(i + Panels.ROWS);
            Panels.four(columns + 4L * i, 4, ROW, from, fromRow, depth, to + i * toRow, toRow);
        }
        for (; i < rows; i++) {
            Panels.one(columns + 4L * i, ROW, from, fromRow, seenBefore(i + 1), to + i * toRow, false);
        }
    }

    /** {@code to[j] = [to[j] +] Σ_i columns[j, i] · from[i]} for one panel of the width. */
    private void keyProduct(long columns, long from, long fromRow, long to, long toRow, boolean add) {
        int j = 0;
        for (; j <= keys - Panels.ROWS; j += Panels.ROWS) {
            int i = shape.causal() ? Math.max(0, j - first) : 0;
            long columnsAt = columns + j * ROW + 4L * i;
            long fromAt = from + i * fromRow;
            if (add) {
                Panels.fourMore(columnsAt, ROW, 4, fromAt, fromRow, rows - i, to + j * toRow, toRow);
            } else {
                Panels.four(columnsAt, ROW, 4, fromAt, fromRow, rows - i, to + j * toRow, toRow);
            }
        }
        for (; j < keys; j++) {
            int i = shape.causal() ? Math.max(0, j - first) : 0;
            Panels.one(columns + j * ROW + 4L * i, 4, from + i * fromRow, fromRow, rows - i, to + j * toRow, add);
        }
    }

    /** Makes scores that a query does not see −infinity, in the columns of a vector of queries. */
    private void hide(int query, int seen) {
        int all = shape.causal() ? Math.min(keys, first + query) : keys;
        hide(scores + 4L * query, first + query, all, seen);
    }

    private static void hide(long column, int query, int from, int to) {
        FloatVector hidden = Raw.splat(Float.NEGATIVE_INFINITY);
        for (int j = from; j < to; j++) { // a lane sees key j if query + lane >= j
            VectorMask<Float> seen = LANE.compare(VectorOperators.GE, (float) (j - query));
            Raw.store(hidden.blend(Raw.load(column + j * ROW), seen), column + j * ROW);
        }
    }

    /** The keys that some query of the panel around {@code query} sees. */
    private int seenByPanel(int query) {
        return seenBefore((query / Panels.WIDTH + 1) * Panels.WIDTH);
    }

    /** Columns of a vector of queries become e^(S − max); 1 / their sums and the logarithms are kept. */
    private void softmax(int query, long lse) {
        long column = scores + 4L * query;
        long max = perQuery + ROW + 4L * query;
        long sum = perQuery + 4L * query;
        int seen = seenByPanel(query);
        hide(query, seen);
        columnMax(column, seen, max);
        exponentials(column, seen, max, sum);
        logarithms(sum, max, lse + 4L * query, rows - query);
    }

    private static void logarithms(long sum, long max, long lse, int lanes) {
        Raw.store(Functions.log(Raw.load(sum)).add(Raw.load(max)), lse, Raw.head(lanes));
        Raw.store(Raw.splat(1f).div(Raw.load(sum)), sum);
    }

    private static void columnMax(long column, int seen, long to) {
        FloatVector max = Raw.splat(Float.NEGATIVE_INFINITY);
        for (int j = 0; j < seen; j++) {
            max = Raw.larger(Raw.load(column + j * ROW), max);
        }
        Raw.store(max, to);
    }

    private static void exponentials(long column, int seen, long max, long to) {
        FloatVector shift = Raw.load(max);
        FloatVector sum = Raw.splat(0f);
        for (int j = 0; j < seen; j++) {
            FloatVector e = Functions.exp(Raw.load(column + j * ROW).sub(shift));
            Raw.store(e, column + j * ROW);
            sum = e.add(sum);
        }
        Raw.store(sum, to);
    }

    /** Columns of a vector of queries become P and dS. */
    private void gradient(int query, long lse) {
        long column = 4L * query;
        int seen = seenByPanel(query);
        hide(query, seen);
        long log = perQuery + ROW + column;
        Raw.store(Raw.load(lse + column, Raw.head(rows - query)), log);
        gradientColumns(scores + column, gradients + column, seen, log, perQuery + column, shape.scale());
    }

    private static void gradientColumns(long p, long ds, int seen, long logAt, long deltaAt, float factor) {
        FloatVector log = Raw.load(logAt);
        FloatVector delta = Raw.load(deltaAt);
        for (int j = 0; j < seen; j++) {
            FloatVector e = Functions.exp(Raw.load(p + j * ROW).sub(log));
            Raw.store(e, p + j * ROW);
            Raw.store(Raw.load(ds + j * ROW).sub(delta).mul(factor).mul(e), ds + j * ROW);
        }
    }
}
