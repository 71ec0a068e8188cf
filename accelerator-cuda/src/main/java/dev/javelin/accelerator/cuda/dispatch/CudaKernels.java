package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.spi.kernel.KernelTable;

/** The table of all kernels: one line a family. */
public final class CudaKernels {
    private CudaKernels() {}

    /** All kernels, primitives and fused operations, as they run on this kind of GPU, with attention by this method. */
    public static KernelTable<KernelChoice> all(GpuModel model, AttentionMethod attention) {
        KernelTable<KernelChoice> all = KernelTable.<KernelChoice>empty()
                .over(Fills.kernels())
                .over(Casts.kernels())
                .over(Unaries.kernels())
                .over(Binaries.kernels())
                .over(Gates.kernels())
                .over(Moves.kernels())
                .over(Reductions.kernels())
                .over(Squares.kernels())
                .over(Randoms.kernels())
                .over(States.kernels())
                .over(Norms.kernels())
                .over(FusedNorms.kernels())
                .over(Softmaxes.kernels())
                .over(Losses.kernels(model))
                .over(Embeddings.kernels())
                .over(Rotations.kernels())
                .over(Caches.kernels())
                .over(TokenChoices.kernels())
                .over(Products.kernels(model))
                .over(Attentions.kernels(model));
        return attention == AttentionMethod.FLASH ? FlashAttention.kernels().over(all) : all;
    }
}
