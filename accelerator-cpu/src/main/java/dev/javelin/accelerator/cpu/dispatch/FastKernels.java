package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.kernel.KernelTable;

/** The table of fast kernels; it goes over the reference table, which runs what this one declines. */
public final class FastKernels {
    private FastKernels() {}

    /** Fast kernels of primitives. */
    public static KernelTable<KernelChoice> primitives() {
        return KernelTable.<KernelChoice>empty()
                .with(Fill.class, FastElementwise::fill)
                .with(Unary.class, FastElementwise::unary)
                .with(Affine.class, FastElementwise::affine)
                .with(Binary.class, FastElementwise::binary)
                .with(Cast.class, FastElementwise::cast)
                .with(Reduce.class, FastReductions::reduce)
                .with(Permute.class, FastMoves::permute)
                .with(Pack.class, FastMoves::pack)
                .with(Embedding.class, FastMoves::embedding)
                .with(EmbeddingGradient.class, FastMoves::embeddingGradient)
                .with(MatMul.class, FastProducts::matmul)
                .with(Assign.class, FastStates::assign)
                .with(Accumulate.class, FastStates::accumulate)
                .with(SquareSum.class, FastStates::squareSum);
    }

    /**
     * Fast kernels of primitives and fused operations.
     *
     * @param threads of the machine, on which the workspace of attention depends
     */
    public static KernelTable<KernelChoice> all(int threads) {
        FastAttention attention = new FastAttention(threads);
        FastCaches caches = new FastCaches(threads);
        return primitives()
                .with(Gelu.class, FastElementwise::gelu)
                .with(GeluGradient.class, FastElementwise::geluGradient)
                .with(ExactGelu.class, FastGates::exactGelu)
                .with(ExactGeluGradient.class, FastGates::exactGeluGradient)
                .with(Silu.class, FastElementwise::silu)
                .with(SiluGradient.class, FastGates::siluGradient)
                .with(SwiGlu.class, FastGates::swiGlu)
                .with(SwiGluGradient.class, FastGates::swiGluGradient)
                .with(RmsNorm.class, FastRows::rmsNorm)
                .with(RmsNormGradient.class, FastRows::rmsNormGradient)
                .with(Rotary.class, FastRows::rotary)
                .with(Dropout.class, FastElementwise::dropout)
                .with(Softmax.class, FastRows::softmax)
                .with(SoftmaxGradient.class, FastRows::softmaxGradient)
                .with(LayerNorm.class, FastRows::layerNorm)
                .with(LayerNormGradient.class, FastRows::layerNormGradient)
                .with(FusedNorm.class, FastNorms::forward)
                .with(FusedNormGradient.class, FastNorms::gradient)
                .with(CrossEntropy.class, FastLosses::forward)
                .with(CrossEntropyGradient.class, FastLosses::gradient)
                .with(FusedCrossEntropy.class, FastLosses::fused)
                .with(Attention.class, attention::forward)
                .with(AttentionGradient.class, attention::gradient)
                .with(CacheWrite.class, caches::write)
                .with(CachedAttention.class, caches::attention)
                .with(FusedMatMul.class, FastProducts::fusedMatMul)
                .with(AdamW.class, FastStates::adamW)
                .with(MovingAverage.class, FastStates::movingAverage);
    }
}
