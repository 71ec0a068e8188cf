package dev.javelin.engine;

import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TrainingModule;
import java.util.function.BiFunction;

/** A model written in one expression: its parameters by name, and a loss made of them. */
public final class Sketch extends Layer implements TrainingModule {
    private final BiFunction<Sketch, Step, Loss> loss;

    private Sketch(BiFunction<Sketch, Step, Loss> loss) {
        this.loss = loss;
    }

    public static Sketch of(BiFunction<Sketch, Step, Loss> loss) {
        return new Sketch(loss);
    }

    /** Declares a trainable parameter, normal with deviation 1. */
    public Sketch with(String name, Shape shape) {
        return with(name, shape, Initializer.normal(1));
    }

    public Sketch with(String name, Shape shape, Initializer initializer) {
        parameter(name, shape, initializer);
        return this;
    }

    public Sketch withFrozen(String name, Shape shape) {
        frozenParameter(name, shape, Initializer.normal(1));
        return this;
    }

    public Sketch withChild(String name, Layer layer) {
        child(name, layer);
        return this;
    }

    /** A parameter's value in the step's program. */
    public Tensor value(String name, Step step) {
        Parameter parameter = parameters().get(name);
        return parameter.on(step.rowWeights());
    }

    /** A loss of weight 1. */
    public static Loss total(Tensor scalar) {
        return new Loss(scalar, scalar.full(Shape.scalar(), 1));
    }

    @Override
    public Layer model() {
        return this;
    }

    @Override
    public Loss trainingStep(Step step) {
        return loss.apply(this, step);
    }

    @Override
    protected Tensor forward(Tensor input) {
        throw new IllegalStateException("a sketch is only a module");
    }
}
