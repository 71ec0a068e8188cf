package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.api.DType;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rows of a table by id, and the sum of rows by id: the family {@code embedding}. */
final class Embeddings {
    private static final String FAMILY = "embedding";
    private static final int THREADS = 256;
    /** {@code CHUNK} of embedding.cu: tokens that are sorted together. */
    private static final int CHUNK = 2048;
    /** {@code PLACED} of embedding.cu: tokens whose places one block finds. */
    private static final int PLACED = 64;
    /** {@code WARPS} of embedding.cu: rows of the gradient that one block owns. */
    private static final int OWNED = 8;

    private static final int VECTORS = 4;

    private Embeddings() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(Embedding.class, Embeddings::lookUp)
                .with(EmbeddingGradient.class, Embeddings::gradient);
    }

    private static Optional<KernelChoice> lookUp(Instruction<Embedding> instruction) {
        DType dtype = instruction.dtype(0);
        long rows = instruction.shape(0).dim(0);
        long width = instruction.shape(0).dim(1);
        long tokens = instruction.input(1).elements();
        Crews crews = Crews.of(dtype, width, VECTORS, THREADS);
        Launch launch = crews.over(Launch.of(FAMILY, "embedding", dtype), tokens)
                .input(0)
                .input(1)
                .output(0)
                .words(tokens, rows, width, crews.size());
        double traffic =
                2.0 * instruction.output(0).bytes() + instruction.input(1).bytes();
        return Optional.of(KernelChoice.of(KernelPlan.of(0, traffic), launch));
    }

    /** Sorts the tokens by id, then lets a warp own each row of the gradient. */
    private static Optional<KernelChoice> gradient(Instruction<EmbeddingGradient> instruction) {
        long tokens = instruction.input(0).elements();
        long rows = instruction.operation().rows();
        if (tokens > Integer.MAX_VALUE || rows >= Integer.MAX_VALUE) {
            return Optional.empty(); // tokens and ids are counted in 32 bits
        }
        Workspace workspace = new Workspace();
        List<Step> steps = new ArrayList<>();
        long keys = workspace.part(4 * tokens);
        long order = workspace.part(4 * tokens);
        steps.add(Launch.of(FAMILY, "embedding_sort", DType.INT32)
                .block(THREADS)
                .grid(Math.ceilDiv(tokens, PLACED))
                .input(0)
                .workspace(keys)
                .workspace(order)
                .words(tokens));
        if (tokens > CHUNK) {
            long mergedKeys = workspace.part(4 * tokens);
            long mergedOrder = workspace.part(4 * tokens);
            steps.add(Launch.of(FAMILY, "embedding_merge", DType.INT32)
                    .over(tokens, THREADS)
                    .workspace(keys)
                    .workspace(order)
                    .workspace(mergedKeys)
                    .workspace(mergedOrder)
                    .words(tokens));
            keys = mergedKeys;
            order = mergedOrder;
        }
        long starts = workspace.part(4 * (rows + 1));
        steps.add(Launch.of(FAMILY, "embedding_starts", DType.INT32)
                .over(rows + 1, THREADS)
                .workspace(keys)
                .workspace(starts)
                .words(tokens, rows));
        steps.add(Launch.of(FAMILY, "embedding_gradient", instruction.dtype(1))
                .block(THREADS)
                .grid(Math.ceilDiv(rows, OWNED))
                .input(1)
                .workspace(starts)
                .workspace(order)
                .output(0)
                .words(rows, instruction.shape(1).dim(-1)));
        double flops = (double) instruction.input(1).elements();
        double bytes = instruction.bytes() + 2.0 * workspace.bytes();
        return Optional.of(new KernelChoice(KernelPlan.of(flops, bytes).withWorkspaceBytes(workspace.bytes()), steps));
    }
}
