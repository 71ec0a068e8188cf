package dev.javelin.models;

import dev.javelin.api.DType;
import dev.javelin.api.Graph;
import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Operation;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A graph that infers types and remembers what was emitted: enough to see what a model writes. */
final class ShapeGraph implements Graph {
    private final boolean training;
    private final DType dtype;
    private final List<String> emitted = new ArrayList<>();
    private final Map<Parameter, Tensor> parameters = new HashMap<>();
    private int values;
    private int calls;

    ShapeGraph(DType dtype, boolean training) {
        this.dtype = dtype;
        this.training = training;
    }

    Tensor value(DType type, long... dims) {
        return Tensor.of(this, values++, TensorType.of(type, dims));
    }

    /** Writes a module's training step over the given fields. */
    Loss trace(TrainingModule module, Map<String, Tensor> fields) {
        return module.trainingStep(new Fields(fields));
    }

    long emitted(String operation) {
        return emitted.stream().filter(operation::equals).count();
    }

    @Override
    public List<Tensor> emit(Operation operation, List<Tensor> inputs) {
        emitted.add(operation.name());
        return operation.infer(inputs.stream().map(Tensor::type).toList()).stream()
                .map(type -> Tensor.of(this, values++, type))
                .collect(Collectors.toList());
    }

    @Override
    public Tensor parameter(Parameter parameter) {
        return parameters.computeIfAbsent(parameter, p -> Tensor.of(this, values++, new TensorType(dtype, p.shape())));
    }

    @Override
    public Tensor state(String name, TensorType type) {
        return Tensor.of(this, values++, type);
    }

    @Override
    public boolean training() {
        return training;
    }

    @Override
    public Tensor random() {
        return value(DType.INT32, 6);
    }

    @Override
    public int randomCall() {
        return calls++;
    }

    @Override
    public <T> T within(Layer layer, Supplier<T> body) {
        return body.get();
    }

    private final class Fields implements Step {
        private final Map<String, Tensor> fields;

        Fields(Map<String, Tensor> fields) {
            this.fields = fields;
        }

        @Override
        public Tensor input(String name) {
            return fields.get(name);
        }

        @Override
        public Tensor rowWeights() {
            return value(dtype, fields.values().iterator().next().dim(0));
        }

        @Override
        public boolean training() {
            return training;
        }

        @Override
        public void log(String name, Tensor scalar) {
            assert scalar.shape().equals(Shape.scalar());
        }

        @Override
        public void print(String label, Tensor tensor) {
            throw new UnsupportedOperationException("no model here prints");
        }
    }
}
