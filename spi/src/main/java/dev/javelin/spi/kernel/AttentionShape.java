package dev.javelin.spi.kernel;

import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Attention;

/**
 * The extents of an attention and where its elements lie. Head indices are those of query heads; h reads key and value
 * head h / group.
 *
 * @param batches B
 * @param positions T
 * @param heads H
 * @param kvHeads K
 * @param width D of one head
 */
public record AttentionShape(long batches, long positions, int heads, int kvHeads, long width, boolean causal) {

    /** The extents of an attention over this packed projection. */
    public static AttentionShape of(Attention operation, TensorType packed) {
        return new AttentionShape(
                packed.shape().dim(0),
                packed.shape().dim(1),
                operation.heads(),
                operation.kvHeads(),
                operation.headWidth(packed),
                operation.causal());
    }

    /** Query heads that share a key head: H / K. */
    public int group() {
        return heads / kvHeads;
    }

    /** 1/√D. */
    public double scale() {
        return 1 / Math.sqrt(width);
    }

    /** The number of positions that position i sees. */
    public long seen(long i) {
        return causal ? i + 1 : positions;
    }

    /** Operations of so many products of T × T × D; half of them if causal. */
    public double flops(int products) {
        double pairs = causal ? positions * (positions + 1) / 2.0 : (double) positions * positions;
        return batches * heads * pairs * (2.0 * width * products + 6);
    }

    private long packed(long b, long i, long head) {
        return ((b * positions + i) * (heads + 2L * kvHeads) + head) * width;
    }

    /** First element of query h of position i, in the packed projection. */
    public long query(long b, int h, long i) {
        return packed(b, i, h);
    }

    /** First element of the key that head h reads at position j. */
    public long key(long b, int h, long j) {
        return packed(b, j, heads + h / group());
    }

    /** First element of the value that head h reads at position j. */
    public long value(long b, int h, long j) {
        return packed(b, j, heads + kvHeads + h / group());
    }

    /** First element of y of head h at position i. */
    public long output(long b, int h, long i) {
        return ((b * positions + i) * heads + h) * width;
    }

    /** The row sum of head h at position i. */
    public long rowSum(long b, int h, long i) {
        return (b * heads + h) * positions + i;
    }
}
