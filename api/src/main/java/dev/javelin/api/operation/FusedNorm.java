package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A {@link LayerNorm} (if {@code centred}) or {@link RmsNorm} with the addition before it and the conversion behind it,
 * done while the row is at hand. Made by the engine's rewrites, never by model code, and after differentiation.
 *
 * <p>Inputs: x [.., C], scale [C], then shift [C] if {@code centred}, then residual if {@code residual}: of x's shape, or
 * of x's last dims, and then added to each of the others; it may be [C]. Outputs: sum = x + residual [.., C] if
 * {@code residual}, then y [.., C] of type {@code normed}, then mean [..] if {@code centred}, then 1/σ or 1/rms [..].
 *
 * <p>The sum is rounded to x's type, y is the norm of the sum as it was rounded, and y is rounded to x's type before it is
 * converted: the results have the bits of the addition, the norm and the conversion one after the other on the same
 * accelerator.
 *
 * <p>Types: x, scale and shift as in the norm. Residual of x's type, or of 16 bits where x is FLOAT32; {@code normed}
 * likewise.
 *
 * @param normed type of y
 */
public record FusedNorm(boolean centred, double epsilon, boolean residual, DType normed) implements Operation {

    /** A layer norm, to add more to. */
    public static FusedNorm of(LayerNorm norm, DType normed) {
        return new FusedNorm(true, norm.epsilon(), false, normed);
    }

    /** An RMS norm, to add more to. */
    public static FusedNorm of(RmsNorm norm, DType normed) {
        return new FusedNorm(false, norm.epsilon(), false, normed);
    }

    public FusedNorm withResidual() {
        return new FusedNorm(centred, epsilon, true, normed);
    }

    public FusedNorm withNormed(DType type) {
        return new FusedNorm(centred, epsilon, residual, type);
    }

    /** Which output y is. */
    public int output() {
        return residual ? 1 : 0;
    }

    /** The norm alone. */
    public Operation norm() {
        return centred ? new LayerNorm(epsilon) : new RmsNorm(epsilon);
    }

    @Override
    public String name() {
        return "fused_norm";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        int own = centred ? 3 : 2;
        TypeRules.count(name(), inputs, own + (residual ? 1 : 0));
        List<TensorType> outputs = new ArrayList<>(norm().infer(inputs.subList(0, own)));
        TensorType x = inputs.getFirst();
        TypeRules.require(orNarrow(x.dtype(), normed), name(), inputs, "x F32 for results " + normed);
        outputs.set(0, x.withDType(normed));
        if (residual) {
            TensorType other = inputs.getLast();
            TypeRules.require(
                    orNarrow(x.dtype(), other.dtype()) && endsWith(x, other),
                    name(),
                    inputs,
                    "a residual of x's last dims, of x's type or 16 bits beside F32");
            outputs.addFirst(x);
        }
        return outputs;
    }

    /** True if another type is that of x, or has 16 bits where x is FLOAT32. */
    static boolean orNarrow(DType x, DType other) {
        return other == x || x == DType.FLOAT32 && other.half();
    }

    private static boolean endsWith(TensorType x, TensorType other) {
        int missing = x.shape().rank() - other.shape().rank();
        if (missing < 0 || other.shape().rank() < 1) {
            return false;
        }
        for (int dim = 0; dim < other.shape().rank(); dim++) {
            if (other.shape().dim(dim) != x.shape().dim(missing + dim)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        List<Tensor> operands = new ArrayList<>(inputs);
        List<Tensor> outputs = new ArrayList<>();
        if (residual) {
            Tensor x = inputs.getFirst();
            Tensor sum = x.add(operands.removeLast().cast(x.dtype()));
            operands.set(0, sum);
            outputs.add(sum);
        }
        List<Tensor> results = operands.getFirst().graph().emit(norm(), operands);
        outputs.add(results.getFirst().cast(normed));
        outputs.addAll(results.subList(1, results.size()));
        return Optional.of(outputs);
    }
}
