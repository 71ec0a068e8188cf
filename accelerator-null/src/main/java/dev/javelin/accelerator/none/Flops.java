package dev.javelin.accelerator.none;

import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
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
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedCrossEntropy;
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
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Slice;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.Unary;
import java.util.List;
import java.util.Optional;

/** Floating-point operations of an instruction, for estimates. */
final class Flops {
    private Flops() {}

    /** Empty for an operation that the imagined device has no kernel for. */
    static Optional<Double> of(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return switch (operation) {
            case MatMul product -> Optional.of(product(product.transposeA(), inputs, outputs));
            case FusedMatMul product -> Optional.of(product(product.transposeA(), inputs, outputs));
            case Attention attention -> Optional.of(attention(attention, inputs, 2));
            case AttentionGradient gradient -> Optional.of(attention(gradient.forward(), inputs, 5));
            case CacheWrite write -> Optional.of(0.0);
            case CachedAttention cached ->
                Optional.of(4.0
                        * inputs.get(0).elements()
                        * inputs.get(1).shape().dim(2)); // as if every query saw the whole cache
            default -> perElement(operation).map(flops -> flops * largest(inputs, outputs));
        };
    }

    /** Of each element of the largest operand. */
    private static Optional<Double> perElement(Operation operation) {
        return switch (operation) {
            case Fill f -> Optional.of(0.0);
            case Iota i -> Optional.of(0.0);
            case BroadcastTo b -> Optional.of(0.0);
            case Permute p -> Optional.of(0.0);
            case Slice s -> Optional.of(0.0);
            case Pad p -> Optional.of(0.0);
            case Concat c -> Optional.of(0.0);
            case Pack p -> Optional.of(0.0);
            case Assign a -> Optional.of(0.0);
            case Embedding e -> Optional.of(0.0);
            case Cast c -> Optional.of(1.0);
            case Binary b -> Optional.of(1.0);
            case Compare c -> Optional.of(1.0);
            case Select s -> Optional.of(1.0);
            case Reduce r -> Optional.of(1.0);
            case Accumulate a -> Optional.of(1.0);
            case EmbeddingGradient e -> Optional.of(1.0);
            case IsFinite i -> Optional.of(1.0);
            case Affine a -> Optional.of(2.0);
            case SquareSum s -> Optional.of(2.0);
            case ExactNorm e -> Optional.of(2.0);
            case MovingAverage m -> Optional.of(3.0);
            case Unary u -> Optional.of(4.0);
            case SoftmaxGradient s -> Optional.of(4.0);
            case CrossEntropy c -> Optional.of(5.0);
            case CrossEntropyGradient c -> Optional.of(5.0);
            case FusedCrossEntropy c -> Optional.of(10.0);
            case Softmax s -> Optional.of(8.0);
            case LayerNorm l -> Optional.of(8.0);
            case LayerNormGradient l -> Optional.of(14.0);
            case Gelu g -> Optional.of(15.0);
            case GeluGradient g -> Optional.of(25.0);
            case AdamW a -> Optional.of(20.0);
            case ChooseToken c -> Optional.of(20.0);
            case RandomUniform r -> Optional.of(40.0);
            case Dropout d -> Optional.of(42.0);
            default -> Optional.empty();
        };
    }

    private static double largest(List<TensorType> inputs, List<TensorType> outputs) {
        double most = 0;
        for (TensorType type : inputs) {
            most = Math.max(most, type.elements());
        }
        for (TensorType type : outputs) {
            most = Math.max(most, type.elements());
        }
        return most;
    }

    /** 2 · elements of the output · K. */
    private static double product(boolean transposeA, List<TensorType> inputs, List<TensorType> outputs) {
        Shape a = inputs.getFirst().shape();
        return 2.0 * outputs.getFirst().elements() * a.dim(transposeA ? -2 : -1);
    }

    /** So many products of T × T × D per head, half of each if causal. */
    private static double attention(Attention attention, List<TensorType> inputs, int products) {
        TensorType packed = inputs.getFirst();
        double batch = packed.shape().dim(0);
        double positions = packed.shape().dim(1);
        double pairs = attention.causal() ? positions * (positions + 1) / 2 : positions * positions;
        return products * 2.0 * batch * attention.heads() * pairs * attention.headWidth(packed);
    }
}
