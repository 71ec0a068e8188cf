package dev.javelin.tck.accelerator;

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
import dev.javelin.api.operation.Log;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Print;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.Reshape;
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
import dev.javelin.api.operation.StopGradient;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.api.operation.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Operations that are checked together. Every operation of the API that computes belongs to one. */
enum Family {
    CONSTANTS(ElementCases::constants, Fill.class, Iota.class),
    UNARY(ElementCases::unary, Unary.class),
    AFFINE(ElementCases::affine, Affine.class),
    BINARY(ElementCases::binary, Binary.class),
    COMPARE(ElementCases::compare, Compare.class),
    SELECT(ElementCases::select, Select.class),
    CAST(ElementCases::cast, Cast.class),
    MOVES(MoveCases::moves, BroadcastTo.class, Permute.class, Slice.class, Pad.class, Concat.class, Pack.class),
    REDUCTIONS(MoveCases::reductions, Reduce.class),
    EMBEDDINGS(MoveCases::embeddings, Embedding.class, EmbeddingGradient.class),
    MATMUL(ProductCases::matmul, MatMul.class),
    FUSED_MATMUL(ProductCases::fused, FusedMatMul.class),
    RANDOM(ElementCases::random, RandomUniform.class, Dropout.class),
    STATES(StateCases::states, Assign.class, Accumulate.class),
    UPDATES(StateCases::updates, AdamW.class),
    AVERAGES(StateCases::averages, MovingAverage.class),
    EXACT_NORMS(StateCases::norms, SquareSum.class, ExactNorm.class),
    FINITE(StateCases::finite, IsFinite.class),
    ACTIVATIONS(
            ElementCases::activations,
            Gelu.class,
            GeluGradient.class,
            ExactGelu.class,
            ExactGeluGradient.class,
            Silu.class,
            SiluGradient.class),
    GATES(ElementCases::gates, SwiGlu.class, SwiGluGradient.class),
    SOFTMAX(RowCases::softmax, Softmax.class, SoftmaxGradient.class),
    NORMS(RowCases::norms, LayerNorm.class, LayerNormGradient.class, RmsNorm.class, RmsNormGradient.class),
    ROTARY(RowCases::rotary, Rotary.class),
    LOSSES(RowCases::losses, CrossEntropy.class, CrossEntropyGradient.class, FusedCrossEntropy.class),
    ATTENTION(AttentionCases::attention, Attention.class, AttentionGradient.class),
    CACHES(AttentionCases::caches, CacheWrite.class, CachedAttention.class),
    CHOICES(ChoiceCases::choices, ChooseToken.class),
    FUSED_NORMS(NormCases::exact, FusedNorm.class, FusedNormGradient.class);

    /** What is neither primitive nor decomposed: the host does it where there is no kernel. */
    static final Set<Class<? extends Operation>> OF_THE_HOST = Set.of(ChooseToken.class);

    /** Views and what the engine does itself: no accelerator has kernels for them. */
    static final Set<Class<? extends Operation>> WITHOUT_KERNELS =
            Set.of(Reshape.class, View.class, StopGradient.class, Log.class, Print.class);

    /** What has no decomposition: every accelerator has kernels for it. */
    static final Set<Class<? extends Operation>> PRIMITIVES = Set.of(
            Fill.class,
            Iota.class,
            Unary.class,
            Affine.class,
            Binary.class,
            Compare.class,
            Select.class,
            Cast.class,
            Reduce.class,
            BroadcastTo.class,
            MatMul.class,
            Permute.class,
            Slice.class,
            Pad.class,
            Concat.class,
            Embedding.class,
            EmbeddingGradient.class,
            RandomUniform.class,
            Assign.class,
            Accumulate.class,
            Pack.class,
            SquareSum.class,
            ExactNorm.class,
            IsFinite.class);

    private final Consumer<Cases> maker;
    private final List<Class<? extends Operation>> operations;

    @SafeVarargs
    Family(Consumer<Cases> maker, Class<? extends Operation>... operations) {
        this.maker = maker;
        this.operations = List.of(operations);
    }

    List<Class<? extends Operation>> operations() {
        return operations;
    }

    /** Its cases in one floating type; with the first, those without floating numbers too. */
    List<Case> cases(DType dtype, Extent extent, long seed, Truth truth) {
        Cases cases = new Cases(dtype, extent, seed + 31 * ordinal(), truth);
        maker.accept(cases);
        return cases.all();
    }

    /** Its cases in all floating types. */
    List<Case> cases(AcceleratorSubject subject, Truth truth) {
        List<Case> all = new ArrayList<>();
        for (DType dtype : Cases.FLOATING) {
            all.addAll(cases(dtype, subject.extent(), subject.seed(), truth));
        }
        return all;
    }
}
