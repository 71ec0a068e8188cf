package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A matrix product with what usually follows it, done while the tile is in cache. Made by the engine's rewrites, never
 * by model code, and after differentiation.
 *
 * <p>Inputs: a, b as in {@link MatMul}, then bias [N] if {@code bias}, then residual (of the output's type) if
 * {@code residual}, then the accumulator (of the output's type) if {@code accumulate}. Outputs: with {@code gelu} two,
 * the pre-activation and its GELU; else one. value = a·b + bias; gelu applies to it; residual is added last. With
 * {@code accumulate} the product is added to the accumulator in place; it excludes the other three.
 *
 * <p>Types: a, b and bias of one floating type. Residual or accumulator of that type too, or FLOAT32 where it has 16 bits:
 * then the value is not rounded to 16 bits before it is added, and the output is FLOAT32. With 16 bits all arithmetic is
 * FLOAT32, and each output is rounded once; the GELU is taken of the pre-activation before or after it is rounded, as the
 * kernel likes.
 */
public record FusedMatMul(
        boolean transposeA, boolean transposeB, boolean bias, boolean gelu, boolean residual, boolean accumulate)
        implements Operation {

    public FusedMatMul {
        if (accumulate && (bias || gelu || residual) || gelu && residual) {
            throw new JavelinException(
                    "JVL-API-0012",
                    "fused_matmul: accumulate with an epilogue, or gelu with a residual",
                    "fuse one of them and leave the other as an instruction");
        }
    }

    /** A plain product of these transposes, to add epilogues to. */
    public static FusedMatMul of(MatMul product) {
        return new FusedMatMul(product.transposeA(), product.transposeB(), false, false, false, false);
    }

    public FusedMatMul withBias() {
        return new FusedMatMul(transposeA, transposeB, true, gelu, residual, accumulate);
    }

    public FusedMatMul withGelu() {
        return new FusedMatMul(transposeA, transposeB, bias, true, residual, accumulate);
    }

    public FusedMatMul withResidual() {
        return new FusedMatMul(transposeA, transposeB, bias, gelu, true, accumulate);
    }

    public FusedMatMul withAccumulate() {
        return new FusedMatMul(transposeA, transposeB, bias, gelu, residual, true);
    }

    @Override
    public String name() {
        return "fused_matmul";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2 + (bias ? 1 : 0) + (residual ? 1 : 0) + (accumulate ? 1 : 0));
        TensorType product = MatMul.product(name(), inputs, transposeA, transposeB);
        int next = 2;
        if (bias) {
            TensorType row = TensorType.of(product.dtype(), product.shape().dim(-1));
            TypeRules.require(inputs.get(next++).equals(row), name(), inputs, "bias " + row);
        }
        if (residual || accumulate) {
            TypeRules.require(
                    inputs.get(next).shape().equals(product.shape())
                            && TypeRules.beside(product.dtype(), inputs.get(next)),
                    name(),
                    inputs,
                    "last input " + product + ", or F32 beside 16 bits");
            return List.of(inputs.get(next));
        }
        return gelu ? List.of(product, product) : List.of(product);
    }

    @Override
    public OptionalInt overwrites(int output) {
        return accumulate ? OptionalInt.of(2) : OptionalInt.empty();
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor a = inputs.get(0);
        DType own = residual || accumulate ? inputs.getLast().dtype() : a.dtype();
        Tensor value = a.graph()
                .emit(
                        new MatMul(transposeA, transposeB),
                        a.cast(own),
                        inputs.get(1).cast(own));
        if (accumulate) {
            return Optional.of(List.of(a.graph().emit(new Accumulate(), inputs.get(2), value)));
        }
        if (bias) {
            value = value.add(inputs.get(2).cast(own));
        }
        List<Tensor> outputs = new ArrayList<>(List.of(value));
        if (gelu) {
            outputs.add(value.gelu());
        } else if (residual) {
            outputs.set(0, value.add(inputs.getLast()));
        }
        return Optional.of(outputs);
    }
}
