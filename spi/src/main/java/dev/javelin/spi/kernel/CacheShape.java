package dev.javelin.spi.kernel;

import dev.javelin.api.Shape;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;

/**
 * The extents of a cache of keys or values and of the rows or queries that meet it.
 *
 * @param batches B
 * @param kvHeads K
 * @param capacity S, positions of the cache
 * @param width D of one head
 * @param tokens T, new rows or queries of a sequence
 * @param heads H query heads; K where rows are written
 */
public record CacheShape(long batches, int kvHeads, long capacity, long width, long tokens, int heads) {

    public static CacheShape of(Instruction<CacheWrite> instruction) {
        Shape cache = instruction.shape(0);
        return of(cache, instruction.shape(1).dim(1), (int) cache.dim(1));
    }

    public static CacheShape ofQueries(Instruction<CachedAttention> instruction) {
        Shape queries = instruction.shape(0);
        Shape keys = instruction.shape(1);
        return of(keys, queries.dim(1), (int) (queries.dim(2) / keys.dim(3)));
    }

    private static CacheShape of(Shape cache, long tokens, int heads) {
        return new CacheShape(cache.dim(0), (int) cache.dim(1), cache.dim(2), cache.dim(3), tokens, heads);
    }

    /** Query heads that share a key head: H / K. */
    public int group() {
        return heads / kvHeads;
    }

    /** 1/√D. */
    public double scale() {
        return 1 / Math.sqrt(width);
    }

    /** First element of a cached row of key/value head k. */
    public long cached(long b, int k, long position) {
        return ((b * kvHeads + k) * capacity + position) * width;
    }

    /** First element of head h of token t, in rows, queries and outputs. */
    public long row(long b, long t, int h) {
        return ((b * tokens + t) * heads + h) * width;
    }

    /** How many cached positions a query sees. */
    public long seen(int position) {
        return position < 0 ? 0 : Math.min(position + 1L, capacity);
    }

    /** Operations of the attention if every query sees the whole cache. */
    public double flops() {
        return batches * heads * tokens * capacity * (4.0 * width + 6);
    }
}
