package dev.javelin.accelerator.cuda;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/** An operation with inputs to try it on, and how far the GPU may lie from the oracle. */
public record Case(Operation operation, List<Value> inputs, Tolerance tolerance) {

    public List<TensorType> inputTypes() {
        return inputs.stream().map(Value::type).toList();
    }

    public List<TensorType> outputTypes() {
        return operation.infer(inputTypes());
    }

    @Override
    public String toString() {
        return operation + " on " + inputTypes();
    }
}
