package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.Slice;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelRule;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** The table of reference kernels: one for every operation that computes, for every type that the CPU holds. */
public final class ReferenceKernels {
    private static final Set<Class<?>> STORING = Set.of(
            Fill.class,
            Iota.class,
            RandomUniform.class,
            Compare.class,
            Select.class,
            Cast.class,
            BroadcastTo.class,
            Permute.class,
            Slice.class,
            Pad.class,
            Concat.class,
            Pack.class,
            Embedding.class,
            Assign.class,
            IsFinite.class,
            CacheWrite.class,
            ChooseToken.class);

    private ReferenceKernels() {}

    /** The element types that kernels read and write: all there are. */
    public static Set<DType> dtypes() {
        return Set.of(DType.values());
    }

    /** Primitives: what nothing can be decomposed into less than. */
    public static KernelTable<KernelChoice> primitives() {
        return KernelTable.<KernelChoice>empty()
                .with(Fill.class, all(Constants::fill))
                .with(Iota.class, all(Constants::iota))
                .with(RandomUniform.class, all(RandomNumbers::uniform))
                .with(Unary.class, all(Elementwise::unary))
                .with(Affine.class, all(Elementwise::affine))
                .with(Binary.class, all(Elementwise::binary))
                .with(Compare.class, all(Elementwise::compare))
                .with(Select.class, all(Elementwise::select))
                .with(Cast.class, all(Elementwise::cast))
                .with(Reduce.class, all(Reductions::reduce))
                .with(BroadcastTo.class, all(Moves::broadcast))
                .with(Permute.class, all(Moves::permute))
                .with(Slice.class, all(Moves::slice))
                .with(Pad.class, all(Moves::pad))
                .with(Concat.class, all(Moves::concat))
                .with(Pack.class, all(Moves::pack))
                .with(MatMul.class, all(Products::matmul))
                .with(Embedding.class, all(Embeddings::lookup))
                .with(EmbeddingGradient.class, notNarrow(Embeddings::gradient))
                .with(Assign.class, all(States::assign))
                .with(Accumulate.class, all(States::accumulate))
                .with(IsFinite.class, all(States::isFinite))
                .with(SquareSum.class, all(ExactSquares::add))
                .with(ExactNorm.class, all(ExactSquares::norm));
    }

    /** Primitives and the fused operations. */
    public static KernelTable<KernelChoice> all() {
        return primitives()
                .with(Gelu.class, all(Elementwise::gelu))
                .with(GeluGradient.class, all(Elementwise::geluGradient))
                .with(ExactGelu.class, all(Elementwise::exactGelu))
                .with(ExactGeluGradient.class, all(Elementwise::exactGeluGradient))
                .with(Silu.class, all(Elementwise::silu))
                .with(SiluGradient.class, all(Elementwise::siluGradient))
                .with(SwiGlu.class, all(Gates::swiGlu))
                .with(SwiGluGradient.class, all(Gates::swiGluGradient))
                .with(RmsNorm.class, all(RmsNorms::forward))
                .with(RmsNormGradient.class, all(RmsNorms::gradient))
                .with(Rotary.class, all(Rotations::rotate))
                .with(Dropout.class, all(RandomNumbers::dropout))
                .with(Softmax.class, all(Rows::softmax))
                .with(SoftmaxGradient.class, all(Rows::softmaxGradient))
                .with(LayerNorm.class, all(Rows::layerNorm))
                .with(LayerNormGradient.class, all(Rows::layerNormGradient))
                .with(FusedNorm.class, all(FusedNorms::forward))
                .with(FusedNormGradient.class, all(FusedNormGradients::gradient))
                .with(CrossEntropy.class, all(CrossEntropies::forward))
                .with(CrossEntropyGradient.class, all(CrossEntropies::gradient))
                .with(FusedCrossEntropy.class, all(CrossEntropies::fused))
                .with(Attention.class, all(AttentionLoops::forward))
                .with(AttentionGradient.class, all(AttentionGradientLoops::gradient))
                .with(CacheWrite.class, all(Caches::write))
                .with(CachedAttention.class, all(Caches::attention))
                .with(ChooseToken.class, all(TokenChoices::choose))
                .with(FusedMatMul.class, all(Products::fusedMatMul))
                .with(AdamW.class, all(States::adamW))
                .with(MovingAverage.class, all(States::movingAverage));
    }

    private static <O extends Operation> KernelRule<O, KernelChoice> all(
            Function<Instruction<O>, KernelChoice> choose) {
        return instruction -> Optional.of(choose.apply(instruction));
    }

    /** A rule whose kernel adds in the type itself, which 16 bits are too few for. */
    private static <O extends Operation> KernelRule<O, KernelChoice> notNarrow(
            Function<Instruction<O>, KernelChoice> choose) {
        return instruction -> narrow(instruction) ? Optional.empty() : Optional.of(choose.apply(instruction));
    }

    /** True if an operand has numbers of 16 bits. */
    private static boolean narrow(Instruction<?> instruction) {
        return Stream.concat(instruction.inputs().stream(), instruction.outputs().stream())
                .anyMatch(type -> type.dtype().half());
    }

    /**
     * True if a kernel of this table is fit for numbers of 16 bits beside fast kernels: it stores, moves or looks up. For
     * the others, the engine converts operands to FLOAT32, where fast kernels are, and back.
     */
    public static boolean fitsNarrow(Instruction<?> instruction) {
        return !narrow(instruction) || STORING.contains(instruction.operation().getClass());
    }
}
