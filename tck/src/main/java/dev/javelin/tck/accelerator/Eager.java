package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.Graph;
import dev.javelin.api.Layer;
import dev.javelin.api.Operation;
import dev.javelin.api.Parameter;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.tck.Breach;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A graph that runs each instruction on a device as it is written. What the device declines is decomposed, or computed in
 * FLOAT32 where it has 16 bits, as the engine would.
 */
final class Eager implements Graph {
    private final Lab lab;
    private final List<Value> values = new ArrayList<>();

    private Eager(Lab lab) {
        this.lab = lab;
    }

    /** What an operation gives when it is decomposed, whatever the device could do with it. */
    static List<Value> decomposed(Lab lab, Case tried) {
        Eager graph = new Eager(lab);
        List<Tensor> inputs = tried.inputs().stream().map(graph::add).toList();
        List<Tensor> outputs = tried.operation().decompose(inputs).orElseThrow();
        return outputs.stream().map(graph::value).toList();
    }

    private Tensor add(Value value) {
        values.add(value);
        return Tensor.of(this, values.size() - 1, value.type());
    }

    private Value value(Tensor tensor) {
        return values.get(tensor.number());
    }

    @Override
    public List<Tensor> emit(Operation operation, List<Tensor> inputs) {
        List<TensorType> types = inputs.stream().map(Tensor::type).toList();
        List<TensorType> outputs = operation.infer(types);
        List<Value> in = inputs.stream().map(this::value).toList();
        if (operation.view(types).isPresent()) {
            TensorType type = outputs.getFirst();
            int from = Math.toIntExact(
                    operation.view(types).getAsLong() * type.dtype().bytes());
            int to = from + Math.toIntExact(type.bytes());
            return List.of(add(
                    new Value(type, java.util.Arrays.copyOfRange(in.getFirst().bytes(), from, to))));
        }
        if (lab.device().planner().plan(operation, types, outputs).isPresent()) {
            return Trial.run(lab, operation, in, Layout.usual()).outputs().stream()
                    .map(this::add)
                    .toList();
        }
        return operation.decompose(inputs).orElseGet(() -> widened(operation, inputs, outputs));
    }

    private List<Tensor> widened(Operation operation, List<Tensor> inputs, List<TensorType> outputs) {
        if (inputs.stream().noneMatch(input -> input.dtype().half())) {
            String what = operation + " on " + inputs.stream().map(Tensor::type).toList();
            throw new Breach("no plan", "a plan for a primitive", "a decomposition with " + what);
        }
        List<Tensor> wide = inputs.stream()
                .map(input -> input.dtype().half() ? input.cast(DType.FLOAT32) : input)
                .toList();
        List<Tensor> results = new ArrayList<>();
        for (Tensor output : emit(operation, wide)) {
            DType dtype = outputs.get(results.size()).dtype();
            results.add(output.dtype() == dtype ? output : output.cast(dtype));
        }
        return results;
    }

    @Override
    public Tensor parameter(Parameter parameter) {
        throw new IllegalStateException("a decomposition has no parameters");
    }

    @Override
    public boolean training() {
        return true;
    }

    @Override
    public Tensor random() {
        throw new IllegalStateException("a decomposition has no random numbers of its own");
    }

    @Override
    public int randomCall() {
        throw new IllegalStateException("a decomposition has no random numbers of its own");
    }

    @Override
    public <T> T within(Layer layer, Supplier<T> body) {
        return body.get();
    }
}
