package dev.javelin.sample;

import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;

/** A user's layer, outside of Javelin's own packages: divides by a frozen number, 2 at first. */
public final class Divider extends Layer {
    /** The line of the division. */
    public static final int LINE = 28;

    private final Parameter divisor;

    public Divider() {
        this(Shape.scalar());
    }

    public Divider(Shape shape) {
        divisor = frozenParameter("divisor", shape, Initializer.constant(2));
    }

    @Override
    protected Tensor forward(Tensor input) {
        Tensor by = divisor.on(input);
        // The line that errors are to name:
        return input.divide(by);
    }
}
