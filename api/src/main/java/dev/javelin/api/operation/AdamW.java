package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One step of Adam with decoupled weight decay, in place, over arrays of equal shape.
 *
 * <p>Inputs: param, gradient, m, v; scalars learning rate, 1 − β₁ᵗ, 1 − β₂ᵗ, gradient scale; INT32 predicate (0 writes
 * nothing). Outputs: param, m, v, each in the memory of its input. With g = gradient · scale:
 *
 * <pre>
 * param ← param · (1 − lr·decay);   m ← β₁m + (1−β₁)g;   v ← β₂v + (1−β₂)g²
 * param ← param − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)
 * </pre>
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
        TypeRules.count(name(), inputs, 9);
        TypeRules.floating(name(), inputs.subList(0, 8));
        TensorType param = inputs.get(0);
        for (int i = 1; i < 4; i++) {
            TypeRules.require(inputs.get(i).equals(param), name(), inputs, "param, gradient, m, v of one type");
        }
        for (int i = 4; i < 8; i++) {
            TypeRules.require(inputs.get(i).shape().rank() == 0, name(), inputs, "four floating scalars");
        }
        TypeRules.require(inputs.get(8).equals(Assign.PREDICATE), name(), inputs, "an I32[] predicate");
        return List.of(param, param, param);
    }

    @Override
    public OptionalInt overwrites(int output) {
        return OptionalInt.of(output == 0 ? 0 : output + 1);
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor param = inputs.get(0);
        Tensor g = inputs.get(1).multiply(inputs.get(7));
        Tensor m = inputs.get(2).multiply(beta1).add(g.multiply(1 - beta1));
        Tensor v = inputs.get(3).multiply(beta2).add(g.square().multiply(1 - beta2));
        Tensor learningRate = inputs.get(4);
        Tensor decayed = param.multiply(learningRate.multiply(-weightDecay).add(1));
        Tensor denominator = v.sqrt().divide(inputs.get(6).sqrt()).add(epsilon);
        Tensor step = m.divide(denominator).multiply(learningRate.divide(inputs.get(5)));
        Tensor predicate = inputs.get(8);
        return Optional.of(List.of(
                assign(param, decayed.subtract(step), predicate),
                assign(inputs.get(2), m, predicate),
                assign(inputs.get(3), v, predicate)));
    }

    private static Tensor assign(Tensor state, Tensor value, Tensor predicate) {
        return state.graph().emit(new Assign(), state, value, predicate);
    }
}
