package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One step of Adam with decoupled weight decay, in place, over arrays of equal shape.
 *
 * <p>Inputs: param, gradient, m, v; scalars learning rate, 1 − β₁ᵗ, 1 − β₂ᵗ, gradient scale; INT32 predicate (0 writes
 * nothing); and, if there is a tenth, the weights that products read: the param in 16 bits. Outputs: param, m, v and the
 * weights, each in the memory of its input. With g = gradient · scale:
 *
 * <pre>
 * param ← param · (1 − lr·decay);   m ← β₁m + (1−β₁)g;   v ← β₂v + (1−β₂)g²
 * param ← param − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)
 * </pre>
 *
 * <p>Types: param, gradient, m and v all FLOAT64; or each of param, gradient and the slots (m and v have one type) is
 * FLOAT32 or the one 16-bit type of the instruction. Scalars: FLOAT64 with a FLOAT64 param, else FLOAT32. Weights have 16
 * bits beside a FLOAT32 param. With 16 bits anywhere all arithmetic is FLOAT32, and each result is rounded once: the step
 * of the param takes m and v before they are rounded, the weights are the param as it is then, rounded.
 *
 * <p>Source: Loshchilov, Hutter, "Decoupled weight decay regularization", arXiv:1711.05101, algorithm 2, with PyTorch's
 * placement of ε.
 */
public record AdamW(double beta1, double beta2, double epsilon, double weightDecay) implements Operation {
    @Override
    public String name() {
        return "adamw";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        boolean weights = inputs.size() == 10;
        TypeRules.count(name(), inputs, weights ? 10 : 9);
        List<TensorType> arrays = new ArrayList<>(inputs.subList(0, 4));
        if (weights) {
            arrays.add(inputs.get(9));
        }
        TypeRules.mixed(name(), arrays);
        TensorType param = inputs.get(0);
        for (TensorType array : arrays) {
            TypeRules.require(array.shape().equals(param.shape()), name(), inputs, "arrays of one shape");
        }
        TypeRules.require(inputs.get(2).equals(inputs.get(3)), name(), inputs, "m and v of one type");
        TensorType scalar = new TensorType(param.dtype().wide(), Shape.scalar());
        for (int i = 4; i < 8; i++) {
            TypeRules.require(inputs.get(i).equals(scalar), name(), inputs, "four scalars " + scalar);
        }
        TypeRules.require(inputs.get(8).equals(Assign.PREDICATE), name(), inputs, "an I32[] predicate");
        if (!weights) {
            return List.of(param, inputs.get(2), inputs.get(3));
        }
        TypeRules.require(
                param.dtype() == DType.FLOAT32 && inputs.get(9).dtype().half(),
                name(),
                inputs,
                "weights of 16 bits beside an F32 param");
        return List.of(param, inputs.get(2), inputs.get(3), inputs.get(9));
    }

    @Override
    public OptionalInt overwrites(int output) {
        return OptionalInt.of(
                switch (output) {
                    case 0 -> 0;
                    case 3 -> 9;
                    default -> output + 1;
                });
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        DType wide = inputs.get(0).dtype().wide();
        Tensor param = inputs.get(0).cast(wide);
        Tensor g = inputs.get(1).cast(wide).multiply(inputs.get(7));
        Tensor m = inputs.get(2).cast(wide).multiply(beta1).add(g.multiply(1 - beta1));
        Tensor v = inputs.get(3).cast(wide).multiply(beta2).add(g.square().multiply(1 - beta2));
        Tensor learningRate = inputs.get(4);
        Tensor decayed = param.multiply(learningRate.multiply(-weightDecay).add(1));
        Tensor denominator = v.sqrt().divide(inputs.get(6).sqrt()).add(epsilon);
        Tensor step = m.divide(denominator).multiply(learningRate.divide(inputs.get(5)));
        Tensor predicate = inputs.get(8);
        List<Tensor> written = new ArrayList<>();
        Tensor updated = decayed.subtract(step);
        List<Tensor> weights = inputs.size() == 10 ? List.of(assign(inputs.get(9), updated, predicate)) : List.of();
        written.add(assign(inputs.get(0), updated, predicate));
        written.add(assign(inputs.get(2), m, predicate));
        written.add(assign(inputs.get(3), v, predicate));
        written.addAll(weights);
        return Optional.of(written);
    }

    private static Tensor assign(Tensor state, Tensor value, Tensor predicate) {
        return state.graph().emit(new Assign(), state, value.cast(state.dtype()), predicate);
    }
}
