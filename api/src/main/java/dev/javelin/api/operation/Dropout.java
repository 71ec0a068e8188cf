package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (x, random INT32 [6]) → 0 where the uniform number of the element ({@link RandomUniform}) is below the probability,
 * elsewhere x/(1−p). Linear in x, so the gradient is the same operation with the same key: no mask is stored.
 */
public record Dropout(double probability, int call) implements Operation {
    public Dropout {
        if (!(probability >= 0 && probability < 1)) {
            throw new JavelinException(
                    "JVL-API-0014", "dropout: probability " + probability, "use a probability from 0 to below 1");
        }
    }

    @Override
    public String name() {
        return "dropout";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.floating(name(), inputs.subList(0, 1));
        return List.of(inputs.get(0));
    }

    @Override
    public void gradient(GradientSite site) {
        Tensor dy = site.outputGradient(0);
        site.contribute(0, dy.graph().emit(this, dy, site.input(1)));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        TensorType wide = x.type().withDType(x.dtype().wide());
        Tensor uniform = x.graph().emit(new RandomUniform(wide, call), inputs.get(1));
        Tensor drop = uniform.less(uniform.full(Shape.scalar(), probability));
        return Optional.of(List.of(drop.select(x.full(Shape.scalar(), 0), x.multiply(1 / (1 - probability)))));
    }
}
