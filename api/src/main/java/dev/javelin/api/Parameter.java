package dev.javelin.api;

/**
 * A trainable array, declared and not allocated. Its path comes from the layer tree ({@code h.0.ln_1.weight}), its
 * memory from the engine's plan, its first value from its initializer. A parameter that several layers use (a tied
 * head) is one parameter: identity counts.
 */
public final class Parameter {
    private final String name;
    private final Shape shape;
    private final Initializer initializer;
    private final boolean trainable;

    Parameter(String name, Shape shape, Initializer initializer, boolean trainable) {
        this.name = name;
        this.shape = shape;
        this.initializer = initializer;
        this.trainable = trainable;
    }

    /** The name within the declaring layer, for example {@code weight}. */
    public String name() {
        return name;
    }

    public Shape shape() {
        return shape;
    }

    public Initializer initializer() {
        return initializer;
    }

    /** False for a frozen parameter: it gets no gradient, no optimizer state and no update. */
    public boolean trainable() {
        return trainable;
    }

    /** The parameter's value in the program that {@code tensor} belongs to. */
    public Tensor on(Tensor tensor) {
        return tensor.graph().parameter(this);
    }

    @Override
    public String toString() {
        return name + shape;
    }
}
