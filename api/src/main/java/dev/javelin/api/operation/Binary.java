package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Locale;

/** A function of two variables, element by element, with broadcasting. Primitive. */
public record Binary(Kind kind) implements Operation {

    /** MAXIMUM and MINIMUM give NaN if either operand is NaN; at a tie the gradient goes to the first operand. */
    public enum Kind {
        ADD,
        SUBTRACT,
        MULTIPLY,
        DIVIDE,
        MAXIMUM,
        MINIMUM
    }

    @Override
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.floating(name(), inputs);
        return List.of(inputs.get(0)
                .withShape(Shape.broadcast(inputs.get(0).shape(), inputs.get(1).shape())));
    }

    @Override
    public void gradient(GradientSite site) {
        if (site.wants(0)) {
            site.contribute(0, left(site).sumTo(site.input(0).shape()));
        }
        if (site.wants(1)) {
            site.contribute(1, right(site).sumTo(site.input(1).shape()));
        }
    }

    private Tensor left(GradientSite site) {
        Tensor dy = site.outputGradient(0);
        Tensor b = site.input(1);
        return switch (kind) {
            case ADD, SUBTRACT -> dy;
            case MULTIPLY -> dy.multiply(b);
            case DIVIDE -> dy.divide(b);
            case MAXIMUM, MINIMUM -> secondWins(site).select(zero(dy), dy);
        };
    }

    private Tensor right(GradientSite site) {
        Tensor dy = site.outputGradient(0);
        Tensor a = site.input(0);
        return switch (kind) {
            case ADD -> dy;
            case SUBTRACT -> dy.negate();
            case MULTIPLY -> dy.multiply(a);
            case DIVIDE -> dy.multiply(site.output(0)).divide(site.input(1)).negate();
            case MAXIMUM, MINIMUM -> secondWins(site).select(dy, zero(dy));
        };
    }

    private Tensor secondWins(GradientSite site) {
        Tensor a = site.input(0);
        Tensor b = site.input(1);
        return kind == Kind.MAXIMUM ? a.less(b) : b.less(a);
    }

    private static Tensor zero(Tensor like) {
        return like.full(Shape.scalar(), 0);
    }
}
