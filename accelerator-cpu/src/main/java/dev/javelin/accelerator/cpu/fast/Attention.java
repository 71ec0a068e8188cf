package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.threads.Workers;

/**
 * Scaled dot-product attention of fp32, causal or full, with grouped key and value heads, without the [T, T] scores.
 *
 * <p>Per batch b and head h, with {@code S = scale · Q Kᵀ} (row i keeps columns j ≤ i if causal): {@code L_i = log Σ_j
 * e^(S_ij)}, {@code P = e^(S − L)}, {@code Y = P V}. Backward recomputes P from L: {@code dP = dY Vᵀ}, {@code dS = P ·
 * (dP − rowsum(dY · Y)) · scale}, {@code dV = Pᵀ dY}, {@code dQ = dS K}, {@code dK = dSᵀ Q}.
 *
 * <p>Queries are taken in blocks of {@link #ROWS}; a block meets the keys up to its last row only, so causal attention
 * does half the work. A block's scores live in the scratch slot of the worker that computes it. Heads whose width is whole
 * {@link Panels} go by {@link AttentionBlock}, others by products of BLAS.
 *
 * <p>Bits: forward tiles are (b, h, block), backward tiles are (b, key head) and run their blocks in a fixed order; all
 * sums inside are those of {@link Rows} and of one-thread BLAS calls of fixed shapes.
 *
 * <p>Source: Dao, FlashAttention-2, 2023, equations of section 2; here a block holds whole rows of scores, so that no
 * rescaling is needed.
 */
public final class Attention {

    /** Queries of a block. */
    private static final int ROWS = AttentionBlock.ROWS;

    /** Floats between rows of scores beyond their length: keeps rows off the same cache sets. */
    private static final int PAD = 16;

    private Attention() {}

    /**
     * What is computed.
     *
     * @param batch B
     * @param tokens T
     * @param heads H, query heads
     * @param kvHeads KV, key and value heads, a divisor of H: query head h uses key head h / (H / KV)
     * @param headWidth D
     * @param scale factor of the scores, usually 1 / sqrt(D)
     * @param causal whether a token sees only itself and those before it
     */
    public record Shape(int batch, int tokens, int heads, int kvHeads, int headWidth, float scale, boolean causal) {}

    /**
     * Where the q, k and v rows lie, or their gradients: head h of token t of batch b starts at {@code base + 4 · ((b · T
     * + t) · rowStride + h · D)}.
     *
     * @param qRow elements from one token to the next in q; {@code kRow} and {@code vRow} likewise
     */
    public record Rows3(long q, int qRow, long k, int kRow, long v, int vRow) {

        /** Of a packed array [B, T, (H + 2 · KV) · D]: query heads, then key heads, then value heads. */
        public static Rows3 packed(Shape shape, long qkv) {
            int row = (shape.heads + 2 * shape.kvHeads) * shape.headWidth;
            long k = qkv + 4L * shape.heads * shape.headWidth;
            return new Rows3(qkv, row, k, row, k + 4L * shape.kvHeads * shape.headWidth, row);
        }
    }

    private static int padded(int tokens) {
        return (tokens + PAD - 1) / PAD * PAD + PAD;
    }

    private static long forwardSlotBytes(Shape shape) {
        if (AttentionBlock.fits(shape)) {
            return AttentionBlock.slotBytes(shape, false);
        }
        return 4L * Math.min(ROWS, shape.tokens) * padded(shape.tokens);
    }

    private static long backwardSlotBytes(Shape shape) {
        if (AttentionBlock.fits(shape)) {
            return AttentionBlock.slotBytes(shape, true);
        }
        return 2 * forwardSlotBytes(shape);
    }

    /** Bytes that {@link #forward} needs: one slot for each thread of the pool, a slot being fixed by the shape. */
    public static long forwardWorkspaceBytes(Shape shape, int threads) {
        return threads * forwardSlotBytes(shape);
    }

    /** Bytes that {@link #backward} needs: one slot for each thread of the pool, a slot being fixed by the shape. */
    public static long backwardWorkspaceBytes(Shape shape, int threads) {
        return threads * backwardSlotBytes(shape);
    }

    /**
     * Forward.
     *
     * @param y [B, T, H · D]
     * @param logSumExp [B, H, T]
     * @param workspace {@link #forwardWorkspaceBytes} bytes
     */
    public static void forward(
            Workers workers, SerialBlas blas, Shape shape, Rows3 in, long y, long logSumExp, long workspace) {
        int blocks = Raw.ceilDiv(shape.tokens, ROWS);
        int heads = shape.heads;
        workers.run(shape.batch * heads * blocks, (tile, worker) -> {
            int block = blocks - 1 - tile / (shape.batch * heads); // long blocks first: threads finish together
            int head = tile % heads;
            int b = tile / heads % shape.batch;
            forwardBlock(blas, shape, in, b, head, block, y, logSumExp, workspace + worker * forwardSlotBytes(shape));
        });
    }

    private static void forwardBlock(
            SerialBlas blas, Shape shape, Rows3 in, int b, int head, int block, long y, long logSumExp, long scores) {
        int t = shape.tokens;
        int d = shape.headWidth;
        int kvHead = head / (shape.heads / shape.kvHeads);
        int first = block * ROWS;
        int rows = Math.min(ROWS, t - first);
        int keys = shape.causal ? first + rows : t;
        int stride = padded(t);
        int yRow = shape.heads * d;
        long q = in.q + 4 * (((long) b * t + first) * in.qRow + (long) head * d);
        long k = in.k + 4 * ((long) b * t * in.kRow + (long) kvHead * d);
        long v = in.v + 4 * ((long) b * t * in.vRow + (long) kvHead * d);
        long out = y + 4 * (((long) b * t + first) * yRow + (long) head * d);
        long lse = logSumExp + 4 * (((long) b * shape.heads + head) * t + first);
        if (AttentionBlock.fits(shape)) {
            new AttentionBlock(shape, block, scores).forward(q, k, v, in, out, 4L * yRow, lse);
            return;
        }
        blas.sgemm(false, true, rows, keys, d, shape.scale, q, in.qRow, k, in.kRow, 0f, scores, stride);
        for (int i = 0; i < rows; i++) {
            long row = scores + 4L * i * stride;
            int seen = shape.causal ? first + i + 1 : t;
            float max = Rows.max(row, seen);
            float sum = Rows.expSum(row, row, seen, max);
            Rows.scale(row, row, seen, 1f / sum);
            Raw.zeroFloats(row + 4L * seen, keys - seen);
            Raw.putFloat(lse + 4L * i, (float) (max + StrictMath.log(sum)));
        }
        blas.sgemm(false, false, rows, d, keys, 1f, scores, stride, v, in.vRow, 0f, out, yRow);
    }

    /**
     * Backward.
     *
     * @param dy [B, T, H · D]
     * @param y what {@link #forward} wrote, as is {@code logSumExp}
     * @param out where dq, dk and dv go; written, not added to
     * @param workspace {@link #backwardWorkspaceBytes} bytes
     */
    public static void backward(
            Workers workers,
            SerialBlas blas,
            Shape shape,
            long dy,
            Rows3 in,
            long y,
            long logSumExp,
            Rows3 out,
            long workspace) {
        int blocks = Raw.ceilDiv(shape.tokens, ROWS);
        int group = shape.heads / shape.kvHeads;
        workers.run(shape.batch * shape.kvHeads, (tile, worker) -> {
            int b = tile / shape.kvHeads;
            int kvHead = tile % shape.kvHeads;
            long slot = workspace + worker * backwardSlotBytes(shape);
            for (int g = 0; g < group; g++) {
                int head = kvHead * group + g;
                for (int block = blocks - 1; block >= 0; block--) { // the last block meets every key: it writes first
                    float keep = g == 0 && block == blocks - 1 ? 0f : 1f;
                    backwardBlock(blas, shape, dy, in, b, head, block, y, logSumExp, out, keep, slot);
                }
            }
        });
    }

    private static void backwardBlock(
            SerialBlas blas,
            Shape shape,
            long dy,
            Rows3 in,
            int b,
            int head,
            int block,
            long y,
            long logSumExp,
            Rows3 out,
            float keep,
            long slot) {
        int t = shape.tokens;
        int d = shape.headWidth;
        int kvHead = head / (shape.heads / shape.kvHeads);
        int first = block * ROWS;
        int rows = Math.min(ROWS, t - first);
        int keys = shape.causal ? first + rows : t;
        int stride = padded(t);
        int yRow = shape.heads * d;
        long batchRow = (long) b * t;
        long yAt = 4 * ((batchRow + first) * yRow + (long) head * d);
        long q = in.q + 4 * ((batchRow + first) * in.qRow + (long) head * d);
        long k = in.k + 4 * (batchRow * in.kRow + (long) kvHead * d);
        long v = in.v + 4 * (batchRow * in.vRow + (long) kvHead * d);
        long dq = out.q + 4 * ((batchRow + first) * out.qRow + (long) head * d);
        long dk = out.k + 4 * (batchRow * out.kRow + (long) kvHead * d);
        long dv = out.v + 4 * (batchRow * out.vRow + (long) kvHead * d);
        long lse = logSumExp + 4 * (((long) b * shape.heads + head) * t + first);
        if (AttentionBlock.fits(shape)) {
            new AttentionBlock(shape, block, slot)
                    .backward(q, k, v, in, dy + yAt, y + yAt, 4L * yRow, lse, dq, dk, dv, out, keep != 0f);
            return;
        }
        long p = slot;
        long ds = slot + forwardSlotBytes(shape);
        blas.sgemm(false, true, rows, keys, d, shape.scale, q, in.qRow, k, in.kRow, 0f, p, stride);
        blas.sgemm(false, true, rows, keys, d, 1f, dy + yAt, yRow, v, in.vRow, 0f, ds, stride);
        for (int i = 0; i < rows; i++) {
            long at = 4L * i * stride;
            int seen = shape.causal ? first + i + 1 : t;
            float delta = Rows.dot(dy + yAt + 4L * i * yRow, y + yAt + 4L * i * yRow, d);
            Rows.attentionGradient(p + at, ds + at, seen, Raw.getFloat(lse + 4L * i), delta, shape.scale);
            Raw.zeroFloats(p + at + 4L * seen, keys - seen);
            Raw.zeroFloats(ds + at + 4L * seen, keys - seen);
        }
        blas.sgemm(true, false, keys, d, rows, 1f, p, stride, dy + yAt, yRow, keep, dv, out.vRow);
        blas.sgemm(true, false, keys, d, rows, 1f, ds, stride, q, in.qRow, keep, dk, out.kRow);
        blas.sgemm(false, false, rows, d, keys, 1f, ds, stride, k, in.kRow, 0f, dq, out.qRow);
    }
}
