package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.CacheShape;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Caches of keys and values: the family {@code cache}. */
final class Caches {
    private static final String FAMILY = "cache";
    private static final int WARP = 32;
    private static final int THREADS = 256;
    /** {@code QUERIES}, {@code PART} and {@code THREADS} of cache.cu. */
    private static final int QUERIES = 8;

    private static final int PART = 256;
    private static final int ATTENTION_THREADS = 128;
    /** Shared memory of a block that every GPU has, and the numbers beside the dynamic part of it. */
    private static final int SHARED_BYTES = 48 * 1024;

    private static final int VECTOR_BYTES = 16;
    private static final int MOST_TILES = 65_535;

    private Caches() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(CacheWrite.class, Caches::write)
                .with(CachedAttention.class, Caches::attention);
    }

    /** A warp per row. */
    private static Optional<KernelChoice> write(Instruction<CacheWrite> instruction) {
        CacheShape shape = CacheShape.of(instruction);
        long rows = shape.batches() * shape.tokens();
        Launch launch = Launch.of(FAMILY, "cache_write", instruction.dtype(0))
                .over(rows * WARP, THREADS)
                .output(0)
                .input(1)
                .input(2)
                .words(rows, shape.tokens(), shape.kvHeads(), shape.capacity(), shape.width());
        double traffic =
                2.0 * instruction.input(1).bytes() + instruction.input(2).bytes();
        return Optional.of(KernelChoice.of(KernelPlan.of(0, traffic), launch));
    }

    /** Parts of the cache side by side, then joined. */
    private static Optional<KernelChoice> attention(Instruction<CachedAttention> instruction) {
        CacheShape shape = CacheShape.ofQueries(instruction);
        DType dtype = instruction.dtype(0);
        long tiles = Math.ceilDiv(shape.tokens() * shape.group(), QUERIES);
        long shared = sharedBytes(shape, dtype);
        if (tiles > MOST_TILES || shared + staticBytes(dtype) > SHARED_BYTES) {
            return Optional.empty();
        }
        long parts = Math.ceilDiv(shape.capacity(), PART);
        long caches = shape.batches() * shape.kvHeads();
        long queries = shape.batches() * shape.tokens() * shape.heads();
        Launch each = Launch.of(FAMILY, "cached_attention", dtype)
                .block(ATTENTION_THREADS)
                .grid(caches * parts, tiles, 1)
                .shared((int) shared)
                .input(0)
                .input(1)
                .input(2)
                .input(3)
                .workspace(0)
                .struct(
                        shape.batches(),
                        shape.tokens(),
                        shape.kvHeads(),
                        shape.group(),
                        shape.capacity(),
                        shape.width())
                .reals(shape.scale());
        Launch join = Launch.of(FAMILY, "cached_attention_join", dtype)
                .over(queries * WARP, THREADS)
                .workspace(0)
                .output(0)
                .words(queries, parts, shape.width());
        long partials = queries * parts * (2 + shape.width()) * dtype.wide().bytes();
        double bytes = instruction.bytes()
                + 2.0 * partials
                + (tiles - 1.0) * 2 * instruction.input(1).bytes();
        KernelPlan plan = KernelPlan.of(shape.flops(), bytes).withWorkspaceBytes(partials);
        return Optional.of(KernelChoice.of(plan, each, join));
    }

    /** The queries of a tile, and the sums of values of four warps. */
    private static long sharedBytes(CacheShape shape, DType dtype) {
        long lanes = 1;
        while (lanes < WARP && lanes * VECTOR_BYTES < shape.width() * dtype.bytes()) {
            lanes *= 2;
        }
        long columns = lanes * (VECTOR_BYTES / dtype.bytes());
        return QUERIES
                * (shape.width() + columns * ATTENTION_THREADS / WARP)
                * dtype.wide().bytes();
    }

    /** Scores of a tile and how far its queries see. */
    private static long staticBytes(DType dtype) {
        return QUERIES * (PART * (long) dtype.wide().bytes() + Long.BYTES);
    }
}
