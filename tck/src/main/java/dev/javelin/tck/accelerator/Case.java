package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An operation with inputs to try it on.
 *
 * @param terms of the longest sum in it
 * @param signs whether the sign of a zero counts
 */
record Case(Operation operation, List<Value> inputs, Tolerance tolerance, Scale scale, long terms, boolean signs) {

    List<TensorType> inputTypes() {
        return inputs.stream().map(Value::type).toList();
    }

    List<TensorType> outputTypes() {
        return operation.infer(inputTypes());
    }

    Optional<KernelPlan> plan(DevicePlanner planner) {
        return planner.plan(operation, inputTypes(), outputTypes());
    }

    /** The type that sums and functions are computed in. */
    Format arithmetic() {
        boolean wide = types().stream().filter(DType::floating).allMatch(dtype -> dtype == DType.FLOAT64);
        return Format.of(wide ? DType.FLOAT64 : DType.FLOAT32);
    }

    /** Every element type in it. */
    List<DType> types() {
        List<DType> types = new ArrayList<>();
        inputs.forEach(input -> types.add(input.type().dtype()));
        outputTypes().forEach(output -> types.add(output.dtype()));
        return types;
    }

    Case withInputs(List<Value> others) {
        return new Case(operation, others, tolerance, scale, terms, signs);
    }

    Case withTerms(long count) {
        return new Case(operation, inputs, tolerance, scale, count, signs);
    }

    @Override
    public String toString() {
        return operation + " on " + inputTypes();
    }
}
