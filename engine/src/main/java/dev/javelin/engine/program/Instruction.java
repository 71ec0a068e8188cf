package dev.javelin.engine.program;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.OptionalLong;

/** One operation applied to values. */
public record Instruction(Operation operation, List<Value> inputs, List<Value> outputs, Site site) {
    public Instruction {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    public List<TensorType> inputTypes() {
        return inputs.stream().map(Value::type).toList();
    }

    public List<TensorType> outputTypes() {
        return outputs.stream().map(Value::type).toList();
    }

    /** The offset in elements if this is only another reading of its first input; empty if it computes. */
    public OptionalLong view() {
        return operation.view(inputTypes());
    }

    @Override
    public String toString() {
        return outputs + " = " + operation + " " + inputs;
    }
}
