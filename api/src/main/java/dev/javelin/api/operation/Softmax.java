package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/** exp(x − max) / Σ exp(x − max) over the last dim. */
public record Softmax() implements Operation {
    @Override
    public String name() {
        return "softmax";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.floating(name(), inputs);
        TypeRules.require(inputs.get(0).shape().rank() >= 1, name(), inputs, "rank 1 or more");
        return inputs;
    }

    @Override
    public void gradient(GradientSite site) {
        Tensor y = site.output(0);
        site.contribute(0, y.graph().emit(new SoftmaxGradient(), y, site.outputGradient(0)));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        Tensor e = x.subtract(column(x.max(-1))).exp();
        return Optional.of(List.of(e.divide(column(e.sum(-1)))));
    }

    /** A reduced tensor with its last dim back as extent 1. */
    static Tensor column(Tensor reduced) {
        return reduced.reshape(reduced.shape().insert(reduced.shape().rank(), 1));
    }
}
