package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A {@link LayerNormGradient} (if {@code centred}) or {@link RmsNormGradient} with the conversion before it, and with the
 * addition and the conversion behind it, done while the row is at hand: a residual stream's gradient is that of the norm
 * plus the one that passes by it. Made by the engine's rewrites, never by model code.
 *
 * <p>Inputs: dy, x, scale and the statistics as in the norm's gradient, then residual [.., C] (of x's type) if
 * {@code residual}. Outputs: dx [.., C], with the residual added; dscale [C]; dshift [C] if {@code centred}; then dx once
 * more, in the type {@code copy}, if there is one.
 *
 * <p>The norm's gradient is rounded to x's type before the residual is added, and the sum before it is converted: the
 * results have the bits of conversion, gradient, addition and conversion one after the other on the same accelerator.
 *
 * <p>Types: as in the norm's gradient, but dy may have 16 bits where x is FLOAT32. {@code copy} is x's type,
 * or has 16 bits where x is FLOAT32.
 *
 * @param copy type of the other dx, for the products that read it
 */
public record FusedNormGradient(boolean centred, boolean residual, Optional<DType> copy) implements Operation {

    /** The gradient of a layer norm or an RMS norm, to add more to. */
    public static FusedNormGradient of(boolean centred) {
        return new FusedNormGradient(centred, false, Optional.empty());
    }

    public FusedNormGradient withResidual() {
        return new FusedNormGradient(centred, true, copy);
    }

    public FusedNormGradient withCopy(DType type) {
        return new FusedNormGradient(centred, residual, Optional.of(type));
    }

    /** The gradient alone. */
    public Operation gradient() {
        return centred ? new LayerNormGradient() : new RmsNormGradient();
    }

    @Override
    public String name() {
        return "fused_norm_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        int own = centred ? 5 : 4;
        TypeRules.count(name(), inputs, own + (residual ? 1 : 0));
        TensorType x = inputs.get(1);
        TypeRules.require(
                FusedNorm.orNarrow(x.dtype(), inputs.getFirst().dtype()),
                name(),
                inputs,
                "dy of x's type, or of 16 bits beside F32");
        List<TensorType> operands = new ArrayList<>(inputs.subList(0, own));
        operands.set(0, operands.getFirst().withDType(x.dtype()));
        List<TensorType> outputs = new ArrayList<>(gradient().infer(operands));
        if (residual) {
            TypeRules.require(inputs.getLast().equals(x), name(), inputs, "residual " + x);
        }
        copy.ifPresent(type -> {
            TypeRules.require(FusedNorm.orNarrow(x.dtype(), type), name(), inputs, "x F32 for a copy " + type);
            outputs.add(x.withDType(type));
        });
        return outputs;
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        List<Tensor> operands = new ArrayList<>(inputs);
        Optional<Tensor> passing = residual ? Optional.of(operands.removeLast()) : Optional.empty();
        DType own = inputs.get(1).dtype();
        operands.set(0, operands.getFirst().cast(own));
        List<Tensor> outputs = new ArrayList<>(operands.getFirst().graph().emit(gradient(), operands));
        passing.ifPresent(gradient -> outputs.set(0, outputs.getFirst().add(gradient)));
        copy.ifPresent(type -> outputs.add(outputs.getFirst().cast(type)));
        return Optional.of(outputs);
    }
}
