package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Locale;

/** A function of one variable, element by element. Primitive; the output may share the input's memory. */
public record Unary(Kind kind) implements Operation {

    /**
     * RSQRT is 1/√x, SIGMOID 1/(1+e⁻ˣ), RELU max(x, 0) with gradient 0 at 0; ABS has gradient 0 at 0; SIN and COS take
     * radians; ERF is the error function, 2/√π times the integral of e^(−t²) from 0 to x.
     */
    public enum Kind {
        EXP,
        LOG,
        SQRT,
        RSQRT,
        RECIPROCAL,
        TANH,
        SIGMOID,
        RELU,
        SQUARE,
        ABS,
        SIN,
        COS,
        ERF
    }

    /** 2/√π. */
    private static final double ERF_SLOPE = 1.1283791670955126;

    @Override
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.floating(name(), inputs);
        return inputs;
    }

    @Override
    public void gradient(GradientSite site) {
        Tensor x = site.input(0);
        Tensor y = site.output(0);
        Tensor dy = site.outputGradient(0);
        Tensor dx = switch (kind) {
            case EXP -> dy.multiply(y);
            case LOG -> dy.divide(x);
            case SQRT -> dy.divide(y).multiply(0.5);
            case RSQRT -> dy.multiply(y).multiply(y.square()).multiply(-0.5);
            case RECIPROCAL -> dy.multiply(y.square()).negate();
            case TANH -> dy.subtract(dy.multiply(y.square()));
            case SIGMOID -> dy.multiply(y.subtract(y.square()));
            case RELU -> positive(x).select(dy, zero(x));
            case SQUARE -> dy.multiply(x).multiply(2);
            case ABS -> positive(x).select(dy, x.less(zero(x)).select(dy.negate(), zero(x)));
            case SIN -> dy.multiply(x.cos());
            case COS -> dy.multiply(x.sin()).negate();
            case ERF -> dy.multiply(x.square().negate().exp()).multiply(ERF_SLOPE);
        };
        site.contribute(0, dx);
    }

    private static Tensor zero(Tensor x) {
        return x.full(dev.javelin.api.Shape.scalar(), 0);
    }

    private static Tensor positive(Tensor x) {
        return zero(x).less(x);
    }
}
