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
import dev.javelin.api.operation.FusedMatMul;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of reference kernels: one for every operation that computes, for every type that the CPU holds. */
public final class ReferenceKernels {
    private static final Set<DType> WITH_NARROW =
            Stream.of(Elements.SUPPORTED, Elements.NARROW).flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());

    private ReferenceKernels() {}

    /** The element types that all kernels read and write. */
    public static Set<DType> dtypes() {
        return Elements.SUPPORTED;
    }

    /** Primitives: what nothing can be decomposed into less than. */
    public static KernelTable<KernelChoice> primitives() {
        return KernelTable.<KernelChoice>empty()
                .with(Fill.class, wide(Constants::fill))
                .with(Iota.class, rule(Constants::iota))
                .with(RandomUniform.class, rule(RandomNumbers::uniform))
                .with(Unary.class, rule(Elementwise::unary))
                .with(Affine.class, wide(Elementwise::affine))
                .with(Binary.class, wide(Elementwise::binary))
                .with(Compare.class, rule(Elementwise::compare))
                .with(Select.class, rule(Elementwise::select))
                .with(Cast.class, wide(Elementwise::cast))
                .with(Reduce.class, rule(Reductions::reduce))
                .with(BroadcastTo.class, wide(Moves::broadcast))
                .with(Permute.class, wide(Moves::permute))
                .with(Slice.class, wide(Moves::slice))
                .with(Pad.class, wide(Moves::pad))
                .with(Concat.class, wide(Moves::concat))
                .with(Pack.class, wide(Moves::pack))
                .with(MatMul.class, rule(Products::matmul))
                .with(Embedding.class, rule(Embeddings::lookup))
                .with(EmbeddingGradient.class, rule(Embeddings::gradient))
                .with(Assign.class, wide(States::assign))
                .with(Accumulate.class, wide(States::accumulate))
                .with(IsFinite.class, rule(States::isFinite))
                .with(SquareSum.class, rule(ExactSquares::add))
                .with(ExactNorm.class, rule(ExactSquares::norm));
    }

    /** Primitives and the fused operations. */
    public static KernelTable<KernelChoice> all() {
        return primitives()
                .with(Gelu.class, rule(Elementwise::gelu))
                .with(GeluGradient.class, rule(Elementwise::geluGradient))
                .with(ExactGelu.class, rule(Elementwise::exactGelu))
                .with(ExactGeluGradient.class, rule(Elementwise::exactGeluGradient))
                .with(Silu.class, rule(Elementwise::silu))
                .with(SiluGradient.class, rule(Elementwise::siluGradient))
                .with(SwiGlu.class, rule(Gates::swiGlu))
                .with(SwiGluGradient.class, rule(Gates::swiGluGradient))
                .with(RmsNorm.class, rule(RmsNorms::forward))
                .with(RmsNormGradient.class, rule(RmsNorms::gradient))
                .with(Rotary.class, rule(Rotations::rotate))
                .with(Dropout.class, rule(RandomNumbers::dropout))
                .with(Softmax.class, rule(Rows::softmax))
                .with(SoftmaxGradient.class, rule(Rows::softmaxGradient))
                .with(LayerNorm.class, rule(Rows::layerNorm))
                .with(LayerNormGradient.class, rule(Rows::layerNormGradient))
                .with(CrossEntropy.class, rule(CrossEntropies::forward))
                .with(CrossEntropyGradient.class, rule(CrossEntropies::gradient))
                .with(Attention.class, rule(AttentionLoops::forward))
                .with(AttentionGradient.class, rule(AttentionGradientLoops::gradient))
                .with(CacheWrite.class, wide(Caches::write))
                .with(CachedAttention.class, rule(Caches::attention))
                .with(FusedMatMul.class, rule(Products::fusedMatMul))
                .with(AdamW.class, rule(States::adamW))
                .with(MovingAverage.class, rule(States::movingAverage));
    }

    private static <O extends Operation> KernelRule<O, KernelChoice> rule(
            Function<Instruction<O>, KernelChoice> choose) {
        return instruction ->
                all(instruction, Elements.SUPPORTED) ? Optional.of(choose.apply(instruction)) : Optional.empty();
    }

    /** A rule that takes numbers of 16 bits too. */
    private static <O extends Operation> KernelRule<O, KernelChoice> wide(
            Function<Instruction<O>, KernelChoice> choose) {
        return instruction -> all(instruction, WITH_NARROW) ? Optional.of(choose.apply(instruction)) : Optional.empty();
    }

    private static boolean all(Instruction<?> instruction, Set<DType> dtypes) {
        return Stream.concat(instruction.inputs().stream(), instruction.outputs().stream())
                .allMatch(type -> dtypes.contains(type.dtype()));
    }
}
