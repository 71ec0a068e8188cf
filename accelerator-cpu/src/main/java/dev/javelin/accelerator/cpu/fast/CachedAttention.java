package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Rows into a cache, and attention of new queries over it, in fp32. A cache of keys or values is [B, K, S, D]: the rows of
 * one head follow each other, so that a query walks through memory in order.
 *
 * <p>Few queries (T up to {@link #FEW}, one in decoding) are bound by memory: a tile is one key head of one sequence; its
 * keys and values are read once, in blocks that stay in cache while all queries of the group meet them. Many queries
 * (prefill) are taken in blocks of {@link #ROWS} with one-thread BLAS calls, as in {@link Attention}.
 *
 * <p>Bits: tiles depend on the shape, and sums on how many positions a query sees, in a written order.
 */
public final class CachedAttention {

    /** Most new tokens that are taken one by one. */
    private static final int FEW = 4;

    /** Queries of a block. */
    private static final int ROWS = 64;

    /** Cached rows of a block: with D = 64, 16 KiB. */
    private static final int BLOCK = 64;

    /** Floats between rows of scores beyond their length: keeps rows off the same cache sets. */
    private static final int PAD = 16;

    private CachedAttention() {}

    /**
     * What is computed.
     *
     * @param batch B
     * @param tokens T
     * @param heads H, query heads
     * @param kvHeads K, a divisor of H: query head h uses key head h / (H / K)
     * @param capacity S
     * @param headWidth D
     */
    public record Shape(int batch, int tokens, int heads, int kvHeads, int capacity, int headWidth) {
        private int group() {
            return heads / kvHeads;
        }

        private boolean few() {
            return tokens <= FEW;
        }

        private int stride() {
            return (capacity + PAD - 1) / PAD * PAD + PAD;
        }

        private long slotBytes() {
            return 4L * stride() * (few() ? group() * tokens : Math.min(ROWS, tokens));
        }
    }

    /** Bytes that {@link #run} needs: one slot for each thread of the pool, a slot being fixed by the shape. */
    public static long workspaceBytes(Shape shape, int threads) {
        return threads * shape.slotBytes();
    }

    /**
     * Copies rows into a cache.
     *
     * @param bytes of one row of one head
     * @param rows [B, T, K, D]
     * @param positions INT32 [B, T]
     */
    public static void write(
            Workers workers,
            int batch,
            int tokens,
            int kvHeads,
            long capacity,
            long bytes,
            long cache,
            long rows,
            long positions) {
        workers.run(tokens == 1 ? 1 : batch, (tile, worker) -> {
            for (int b = tile; b < (tokens == 1 ? batch : tile + 1); b++) {
                for (int t = 0; t < tokens; t++) {
                    long token = (long) b * tokens + t;
                    int position = Raw.getInt(positions + 4 * token);
                    for (int k = 0; position >= 0 && position < capacity && k < kvHeads; k++) {
                        long to = cache + (((long) b * kvHeads + k) * capacity + position) * bytes;
                        Raw.copy(rows + (token * kvHeads + k) * bytes, to, bytes);
                    }
                }
            }
        });
    }

    /**
     * Attention.
     *
     * @param q [B, T, H · D]
     * @param keys [B, K, S, D], as are {@code values}
     * @param positions INT32 [B, T]
     * @param y [B, T, H · D]
     * @param workspace {@link #workspaceBytes} bytes
     */
    public static void run(
            Workers workers,
            SerialBlas blas,
            Shape shape,
            long q,
            long keys,
            long values,
            long positions,
            long y,
            long workspace) {
        if (shape.few()) {
            workers.run(shape.batch * shape.kvHeads, (tile, worker) -> {
                long cached = 4L * tile * shape.capacity * shape.headWidth;
                long slot = workspace + worker * shape.slotBytes();
                few(
                        shape,
                        tile / shape.kvHeads,
                        tile % shape.kvHeads,
                        q,
                        keys + cached,
                        values + cached,
                        positions,
                        y,
                        slot);
            });
            return;
        }
        int blocks = Raw.ceilDiv(shape.tokens, ROWS);
        workers.run(shape.batch * shape.heads * blocks, (tile, worker) -> {
            int block = blocks - 1 - tile / (shape.batch * shape.heads); // long blocks first: threads finish together
            int head = tile % shape.heads;
            int b = tile / shape.heads % shape.batch;
            long cached = 4L * ((long) b * shape.kvHeads + head / shape.group()) * shape.capacity * shape.headWidth;
            long slot = workspace + worker * shape.slotBytes();
            many(blas, shape, b, head, block, q, keys + cached, values + cached, positions, y, slot);
        });
    }

    private static int seen(Shape shape, long positions, int b, int t) {
        int position = Raw.getInt(positions + 4 * ((long) b * shape.tokens + t));
        return position < 0 ? 0 : (int) Math.min(position + 1L, shape.capacity);
    }

    /** Element (t, head) of queries or outputs. */
    private static long row(Shape shape, int b, int t, int head) {
        return 4 * (((long) b * shape.tokens + t) * shape.heads + head) * shape.headWidth;
    }

    // Few queries --------------------------------------------------------------------------------------------------

    private static void few(
            Shape shape, int b, int kvHead, long q, long keys, long values, long positions, long y, long scores) {
        int group = shape.group();
        int rows = shape.tokens * group;
        int most = 0;
        for (int t = 0; t < shape.tokens; t++) {
            most = Math.max(most, seen(shape, positions, b, t));
        }
        for (int from = 0; from < most; from += BLOCK) {
            for (int r = 0; r < rows; r++) {
                int to = Math.min(from + BLOCK, seen(shape, positions, b, r / group));
                long query = q + row(shape, b, r / group, kvHead * group + r % group);
                score(shape, query, keys, from, to, scores + 4L * r * shape.stride());
            }
        }
        float scale = (float) (1 / Math.sqrt(shape.headWidth));
        for (int r = 0; r < rows; r++) {
            int n = seen(shape, positions, b, r / group);
            long at = scores + 4L * r * shape.stride();
            Rows.scale(at, at, n, scale);
            normalise(at, n);
            Raw.zero(y + row(shape, b, r / group, kvHead * group + r % group), 4L * shape.headWidth);
        }
        for (int from = 0; from < most; from += BLOCK) {
            for (int r = 0; r < rows; r++) {
                int to = Math.min(from + BLOCK, seen(shape, positions, b, r / group));
                long out = y + row(shape, b, r / group, kvHead * group + r % group);
                add(shape, scores + 4L * r * shape.stride(), values, from, to, out);
            }
        }
    }

    private static void normalise(long row, int n) {
        if (n > 0) {
            float max = Rows.max(row, n);
            float sum = Rows.expSum(row, row, n, max);
            Rows.scale(row, row, n, 1f / sum);
        }
    }

    private static void score(Shape shape, long query, long keys, int from, int to, long scores) {
        int d = shape.headWidth;
        int j = from;
        for (; j <= to - 4; j += 4) {
            FewRows.four(query, keys + 4L * j * d, d, scores + 4L * j);
        }
        for (; j < to; j++) {
            Raw.putFloat(scores + 4L * j, Rows.dot(query, keys + 4L * j * d, d));
        }
    }

    /** {@code out += Σ p_j · v_j} over j from {@code from} to {@code to}, element by element in the order of j. */
    private static void add(Shape shape, long p, long values, int from, int to, long out) {
        int d = shape.headWidth;
        int i = 0;
        for (; i <= d - 4 * Raw.LANES; i += 4 * Raw.LANES) {
            add4(p, values + 4L * i, d, from, to, out + 4L * i);
        }
        for (; i < d; i += Raw.LANES) {
            VectorMask<Float> m = Raw.head(d - i);
            FloatVector sum = Raw.load(out + 4L * i, m);
            for (int j = from; j < to; j++) {
                sum = Raw.load(values + 4 * ((long) j * d + i), m).fma(Raw.splat(Raw.getFloat(p + 4L * j)), sum);
            }
            Raw.store(sum, out + 4L * i, m);
        }
    }

    private static void add4(long p, long values, int d, int from, int to, long out) {
        FloatVector s0 = Raw.load(out);
        FloatVector s1 = Raw.load(out + Raw.STEP);
        FloatVector s2 = Raw.load(out + 2L * Raw.STEP);
        FloatVector s3 = Raw.load(out + 3L * Raw.STEP);
        for (int j = from; j < to; j++) {
            long v = values + 4L * j * d;
            FloatVector weight = Raw.splat(Raw.getFloat(p + 4L * j));
            s0 = Raw.load(v).fma(weight, s0);
            s1 = Raw.load(v + Raw.STEP).fma(weight, s1);
            s2 = Raw.load(v + 2L * Raw.STEP).fma(weight, s2);
            s3 = Raw.load(v + 3L * Raw.STEP).fma(weight, s3);
        }
        Raw.store(s0, out);
        Raw.store(s1, out + Raw.STEP);
        Raw.store(s2, out + 2L * Raw.STEP);
        Raw.store(s3, out + 3L * Raw.STEP);
    }

    // Many queries -------------------------------------------------------------------------------------------------

    private static void many(
            SerialBlas blas,
            Shape shape,
            int b,
            int head,
            int block,
            long q,
            long keys,
            long values,
            long positions,
            long y,
            long scores) {
        int d = shape.headWidth;
        int first = block * ROWS;
        int rows = Math.min(ROWS, shape.tokens - first);
        int stride = shape.stride();
        int width = shape.heads * d;
        long out = y + row(shape, b, first, head);
        int most = 0;
        for (int i = 0; i < rows; i++) {
            most = Math.max(most, seen(shape, positions, b, first + i));
        }
        if (most == 0) {
            for (int i = 0; i < rows; i++) {
                Raw.zero(out + 4L * i * width, 4L * d);
            }
            return;
        }
        float scale = (float) (1 / Math.sqrt(d));
        long query = q + row(shape, b, first, head);
        blas.sgemm(false, true, rows, most, d, scale, query, width, keys, d, 0f, scores, stride);
        for (int i = 0; i < rows; i++) {
            long at = scores + 4L * i * stride;
            int n = seen(shape, positions, b, first + i);
            normalise(at, n);
            Raw.zero(at + 4L * n, 4L * (most - n));
        }
        blas.sgemm(false, false, rows, d, most, 1f, scores, stride, values, d, 0f, out, width);
    }
}
