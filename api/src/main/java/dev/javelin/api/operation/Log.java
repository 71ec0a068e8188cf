package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/** Reports a floating scalar with the step's metrics. Run by the engine, not by an accelerator. */
public record Log(String label) implements Operation {
    @Override
    public String name() {
        return "log";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.require(
                inputs.get(0).shape().rank() == 0 && inputs.get(0).dtype().floating(),
                name(),
                inputs,
                "a floating scalar");
        return List.of();
    }

    @Override
    public boolean effect() {
        return true;
    }
}
