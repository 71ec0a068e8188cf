package dev.javelin.accelerator.cpu;

import dev.javelin.api.Graph;
import dev.javelin.api.Layer;
import dev.javelin.api.Operation;
import dev.javelin.api.Parameter;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * A graph that runs each instruction as it is written: what the device has no kernel for is decomposed. On a device
 * opened with {@code decompose=true} it computes everything from primitives.
 */
public final class EagerGraph implements Graph {
    private final TestDevice device;
    private final List<Value> values = new ArrayList<>();

    public EagerGraph(TestDevice device) {
        this.device = device;
    }

    /** What an operation gives when it is decomposed, whatever the device could do. */
    public static List<Value> decomposed(TestDevice device, Operation operation, Value... inputs) {
        EagerGraph graph = new EagerGraph(device);
        List<Tensor> tensors = Arrays.stream(inputs).map(graph::add).toList();
        List<Tensor> outputs = operation.decompose(tensors).orElseThrow();
        return outputs.stream().map(graph::value).toList();
    }

    public Tensor add(Value value) {
        values.add(value);
        return Tensor.of(this, values.size() - 1, value.type());
    }

    public Value value(Tensor tensor) {
        return values.get(tensor.number());
    }

    @Override
    public List<Tensor> emit(Operation operation, List<Tensor> inputs) {
        List<TensorType> types = inputs.stream().map(Tensor::type).toList();
        List<TensorType> outputs = operation.infer(types);
        List<Value> in = inputs.stream().map(this::value).toList();
        if (operation.view(types).isPresent()) {
            TensorType type = outputs.getFirst();
            int from = (int) operation.view(types).getAsLong() * type.dtype().bytes();
            byte[] bytes = Arrays.copyOfRange(in.getFirst().toBytes(), from, from + (int) type.bytes());
            return List.of(add(Value.ofBytes(type, bytes)));
        }
        if (!device.plans(operation, in)) {
            return operation.decompose(inputs).orElseThrow();
        }
        return device.run(operation, in.toArray(Value[]::new)).stream()
                .map(this::add)
                .toList();
    }

    @Override
    public Tensor parameter(Parameter parameter) {
        throw new IllegalStateException("no parameters here");
    }

    @Override
    public boolean training() {
        return true;
    }

    @Override
    public Tensor random() {
        throw new IllegalStateException("no random here");
    }

    @Override
    public int randomCall() {
        throw new IllegalStateException("no random here");
    }

    @Override
    public <T> T within(Layer layer, Supplier<T> body) {
        return body.get();
    }
}
