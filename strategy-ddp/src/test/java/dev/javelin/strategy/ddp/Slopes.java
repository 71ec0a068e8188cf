package dev.javelin.strategy.ddp;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.engine.trace.Signature;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A model whose gradients are its data: the loss of a row is the sum over parameters of parameter · field, where the
 * field has the parameter's name and shape. Parameters begin at zero.
 */
final class Slopes extends Layer implements TrainingModule {
    private final SequencedMap<String, Parameter> slopes = new LinkedHashMap<>();

    Slopes(SequencedMap<String, Shape> shapes) {
        shapes.forEach((name, shape) -> slopes.put(name, parameter(name, shape, Initializer.zeros())));
    }

    static Slopes of(String name, long... dims) {
        SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put(name, Shape.of(dims));
        return new Slopes(shapes);
    }

    Slopes with(String name, long... dims) {
        SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
        slopes.forEach((path, parameter) -> shapes.put(path, parameter.shape()));
        shapes.put(name, Shape.of(dims));
        return new Slopes(shapes);
    }

    Map<String, Parameter> slopes() {
        return slopes;
    }

    Signature signature(long rows, DType dtype) {
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        slopes.forEach((name, slope) ->
                fields.put(name, new TensorType(dtype, slope.shape().insert(0, rows))));
        return new Signature(rows, fields);
    }

    @Override
    protected Tensor forward(Tensor input) {
        return input;
    }

    @Override
    public Layer model() {
        return this;
    }

    @Override
    public Loss trainingStep(Step step) {
        Tensor perRow = null;
        for (Map.Entry<String, Parameter> slope : slopes.entrySet()) {
            Tensor field = step.input(slope.getKey()); // [rows, ...]
            Tensor product = field.reshape(field.dim(0), -1)
                    .multiply(field.graph().parameter(slope.getValue()).reshape(-1))
                    .sum(1); // [rows]
            perRow = perRow == null ? product : perRow.add(product);
        }
        return Loss.ofRows(step, java.util.Objects.requireNonNull(perRow));
    }
}
