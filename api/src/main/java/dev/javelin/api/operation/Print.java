package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/** Prints a tensor each time it runs. Run by the engine, not by an accelerator. */
public record Print(String label) implements Operation {
    @Override
    public String name() {
        return "print";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        return List.of();
    }

    @Override
    public boolean effect() {
        return true;
    }
}
