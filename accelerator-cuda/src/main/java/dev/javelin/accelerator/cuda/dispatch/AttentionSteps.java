package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.blas.Gemm;
import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.accelerator.cuda.kernel.Parameter.Address;
import dev.javelin.accelerator.cuda.kernel.Parameter.Operand;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.api.DType;
import dev.javelin.spi.kernel.AttentionShape;
import dev.javelin.spi.kernel.ProductShape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The steps of one attention. The projection is split into q [B, H, T, D], k and v [B, K, T, D]; a pair is one
 * sequence and one key/value head, whose H/K · T queries are the rows of one matrix. Scores of some pairs at a time, the
 * slab, lie in the workspace.
 */
final class AttentionSteps {
    private static final String FAMILY = "attention";
    private static final int WARP = 32;
    private static final int MOST_THREADS = 256;
    private static final int VECTOR_BYTES = 16;
    private static final int VECTORS = 4;
    private static final int MOST_ROW_THREADS = 1024;

    private final AttentionShape shape;
    private final DType dtype;
    private final GpuModel model;
    private final long slabBytes;
    private final Workspace workspace = new Workspace();
    private final List<Step> steps = new ArrayList<>();
    private double traffic;
    private long slab;
    private long scratch;
    private long scratchBytes;

    private AttentionSteps(AttentionShape shape, DType dtype, GpuModel model, long slabBytes) {
        this.shape = shape;
        this.dtype = dtype;
        this.model = model;
        this.slabBytes = slabBytes;
    }

    /**
     * (packed) → y, row sums.
     *
     * @param slabBytes room for the scores of a slab; one pair is always taken
     */
    static AttentionSteps forward(AttentionShape shape, DType dtype, GpuModel model, long slabBytes) {
        AttentionSteps steps = new AttentionSteps(shape, dtype, model, slabBytes);
        steps.forward();
        return steps;
    }

    /** (packed, y, row sums, dy) → the gradient of packed. */
    static AttentionSteps backward(AttentionShape shape, DType dtype, GpuModel model, long slabBytes) {
        AttentionSteps steps = new AttentionSteps(shape, dtype, model, slabBytes);
        steps.backward();
        return steps;
    }

    List<Step> steps() {
        return steps;
    }

    long workspaceBytes() {
        return workspace.bytes();
    }

    /** Bytes moved. */
    double traffic() {
        return traffic;
    }

    private void forward() {
        long q = workspace.part(pairs() * queryBytes());
        long k = workspace.part(pairs() * keyBytes());
        long v = workspace.part(pairs() * keyBytes());
        long y = workspace.part(pairs() * queryBytes());
        openSlab(1);
        long s = scores();
        long p = beside(s);
        arrange(
                "attention_split",
                shape.kvHeads(),
                launch -> launch.input(0).workspace(q).workspace(k).workspace(v));
        for (long first = 0; first < pairs(); first += slab) {
            long count = Math.min(slab, pairs() - first);
            product(count, dtype.wide(), scoreShape(count), q + first * queryBytes(), k + first * keyBytes(), s);
            probabilities(first, count, s, p);
            product(count, dtype, resultShape(count), p, v + first * keyBytes(), y + first * queryBytes());
        }
        arrange(
                "attention_join",
                0,
                launch -> launch.workspace(y).nothing().nothing().output(0));
    }

    private void backward() {
        long q = workspace.part(pairs() * queryBytes());
        long k = workspace.part(pairs() * keyBytes());
        long v = workspace.part(pairs() * keyBytes());
        long dy = workspace.part(pairs() * queryBytes());
        long dots = workspace.part(pairs() * rowBytes());
        long dq = workspace.part(pairs() * queryBytes());
        long dk = workspace.part(pairs() * keyBytes());
        long dv = workspace.part(pairs() * keyBytes());
        openSlab(2);
        long s = scores();
        long dp = scores();
        long p = beside(s);
        long ds = beside(dp);
        arrange(
                "attention_split",
                shape.kvHeads(),
                launch -> launch.input(0).workspace(q).workspace(k).workspace(v));
        splitGradient(dy, dots);
        for (long first = 0; first < pairs(); first += slab) {
            long count = Math.min(slab, pairs() - first);
            long queries = first * queryBytes();
            long keys = first * keyBytes();
            product(count, dtype.wide(), scoreShape(count), q + queries, k + keys, s);
            product(count, dtype.wide(), scoreShape(count), dy + queries, v + keys, dp);
            scoreGradients(first, count, List.of(s, dp, dots, p, ds));
            product(count, dtype, resultShape(count), ds, k + keys, dq + queries);
            product(count, dtype, keyShape(count), ds, q + queries, dk + keys);
            product(count, dtype, keyShape(count), p, dy + queries, dv + keys);
        }
        arrange(
                "attention_join",
                shape.kvHeads(),
                launch -> launch.workspace(dq).workspace(dk).workspace(dv).output(0));
    }

    // Extents ---------------------------------------------------------------------------------------------------------

    private long pairs() {
        return shape.batches() * shape.kvHeads();
    }

    /** Queries of a pair. */
    private long queries() {
        return shape.group() * shape.positions();
    }

    /** Bytes of the queries of a pair, in the type of the projection. */
    private long queryBytes() {
        return queries() * shape.width() * dtype.bytes();
    }

    /** Bytes of the keys of a pair. */
    private long keyBytes() {
        return shape.positions() * shape.width() * dtype.bytes();
    }

    /** Bytes of one number for each query of a pair, as sums are kept. */
    private long rowBytes() {
        return queries() * dtype.wide().bytes();
    }

    private long scoresOfPair() {
        return queries() * shape.positions();
    }

    /** Chooses how many pairs a slab takes, and gives the library scratch for its products. */
    private void openSlab(int arrays) {
        long bytes = dtype.wide().bytes() + (dtype.half() ? dtype.bytes() : 0);
        slab = Math.clamp(slabBytes / (arrays * bytes * scoresOfPair()), 1, pairs());
        long largest = slab * queries() * Math.max(shape.positions(), shape.width());
        scratchBytes = Products.workspaceBytes(model, largest, dtype.wide());
        scratch = workspace.part(scratchBytes);
    }

    /** An array of scores of a slab. */
    private long scores() {
        return workspace.part(slab * scoresOfPair() * dtype.wide().bytes());
    }

    /** The same in the type of the projection: on the other where the types are equal. */
    private long beside(long wide) {
        return dtype.half() ? workspace.part(slab * scoresOfPair() * dtype.bytes()) : wide;
    }

    // Products
    // ----------------------------------------------------------------------------------------------------------

    /** Queries × keysᵀ. */
    private ProductShape scoreShape(long count) {
        return new ProductShape(count, queries(), shape.positions(), shape.width(), false, true, false);
    }

    /** Scores × keys or values. */
    private ProductShape resultShape(long count) {
        return new ProductShape(count, queries(), shape.width(), shape.positions(), false, false, false);
    }

    /** Scoresᵀ × queries. */
    private ProductShape keyShape(long count) {
        return new ProductShape(count, shape.positions(), shape.width(), queries(), true, false, false);
    }

    private void product(long count, DType results, ProductShape extents, long a, long b, long y) {
        steps.add(new PlacedProduct(
                Gemm.of(extents, dtype, results), place(a), place(b), place(y), place(scratch), scratchBytes));
        long operands = extents.k() * (extents.m() + extents.n()) * dtype.bytes();
        traffic += (double) count * (operands + extents.m() * extents.n() * results.bytes());
    }

    private static Address place(long offset) {
        return new Address(Operand.WORKSPACE, 0, offset);
    }

    // Launches
    // ----------------------------------------------------------------------------------------------------------

    /** Splits or joins the projection, or the queries alone: a block for each row. */
    private void arrange(String name, int kvHeads, UnaryOperator<Launch> operands) {
        long heads = shape.heads() + 2L * kvHeads;
        long vectors = Math.ceilDiv(shape.width() * dtype.bytes(), VECTOR_BYTES) * heads;
        int threads = (int) Math.clamp(Math.ceilDiv(vectors, WARP) * WARP, WARP, MOST_THREADS);
        long rows = shape.batches() * shape.positions();
        Launch launch = Launch.of(FAMILY, name, dtype).block(threads).grid(rows);
        steps.add(operands.apply(launch).words(shape.positions(), shape.heads(), kvHeads, shape.width()));
        traffic += 2.0 * rows * heads * shape.width() * dtype.bytes();
    }

    private void splitGradient(long dy, long dots) {
        long rows = pairs() * queries();
        Crews crews = Crews.of(dtype, shape.width(), 1, WARP);
        steps.add(crews.over(Launch.of(FAMILY, "attention_split_gradient", dtype), rows)
                .input(1)
                .input(3)
                .workspace(dy)
                .workspace(dots)
                .words(rows, shape.positions(), shape.heads(), shape.width(), crews.size()));
        traffic += pairs() * (3.0 * queryBytes() + rowBytes());
    }

    private void probabilities(long first, long count, long s, long p) {
        long rows = count * queries();
        Crews crews = Crews.of(dtype.wide(), shape.positions(), VECTORS, MOST_ROW_THREADS);
        steps.add(crews.over(Launch.of(FAMILY, "attention_probabilities", dtype), rows)
                .workspace(s)
                .workspace(p)
                .address(Operand.OUTPUT, 1, first * rowBytes())
                .words(rows, shape.positions(), shape.causal() ? 1 : 0)
                .reals(shape.scale())
                .words(crews.size()));
        traffic += (double) count * (scoresOfPair() * (dtype.wide().bytes() + dtype.bytes()) + rowBytes());
    }

    /** @param parts where s, dp, dots, p and ds lie */
    private void scoreGradients(long first, long count, List<Long> parts) {
        long rows = count * queries();
        Crews crews = Crews.of(dtype.wide(), shape.positions(), VECTORS, MOST_THREADS);
        steps.add(crews.over(Launch.of(FAMILY, "attention_score_gradients", dtype), rows)
                .workspace(parts.get(0))
                .workspace(parts.get(1))
                .address(Operand.INPUT, 2, first * rowBytes())
                .workspace(parts.get(2) + first * rowBytes())
                .workspace(parts.get(3))
                .workspace(parts.get(4))
                .words(rows, shape.positions(), shape.causal() ? 1 : 0)
                .reals(shape.scale())
                .words(crews.size()));
        traffic += (double) count * (2 * scoresOfPair() * (dtype.wide().bytes() + dtype.bytes()) + 2 * rowBytes());
    }
}
