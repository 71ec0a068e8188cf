package dev.javelin.accelerator.cpu;

import dev.javelin.api.Operation;
import java.util.List;

/** An operation with inputs to try it on, and how far two ways of computing it may lie apart. */
public record Case(Operation operation, List<Value> inputs, Tolerance tolerance) {

    public Value[] arguments() {
        return inputs.toArray(Value[]::new);
    }

    @Override
    public String toString() {
        return operation + " on " + inputs.stream().map(Value::type).toList();
    }
}
