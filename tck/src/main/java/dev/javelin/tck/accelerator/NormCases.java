package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Inputs for norms with the addition before and the conversion behind them. */
final class NormCases {
    private static final double EPSILON = 1e-3;

    private NormCases() {}

    /** Sums that 16 bits hold, so that the oracle, which rounds nothing, has them too. */
    static void exact(Cases c) {
        add(c, type -> Value.generate(type, i -> c.random().nextInt(-32, 33) / 8.0));
    }

    /** Sums that are rounded. */
    static void rounded(Cases c) {
        add(c, type -> Value.generate(type, i -> c.random().nextGaussian()));
    }

    /** One row and several, of odd and of even width; as many residuals as rows, or one for all. */
    private static void add(Cases c, Function<TensorType, Value> summand) {
        List<DType> others =
                c.dtype() == DType.FLOAT32 ? List.of(c.dtype(), DType.BFLOAT16, DType.FLOAT16) : List.of(c.dtype());
        for (long[] dims : c.shapes(
                new long[] {3, 7},
                new long[] {2, 3, 33},
                new long[] {0, 4},
                new long[] {5},
                new long[] {1, 1},
                new long[] {130, 64},
                new long[] {3, c.large() / 3})) {
            for (DType other : others) {
                for (boolean centred : new boolean[] {true, false}) {
                    forward(c, centred, summand, other, dims);
                    backward(c, centred, other, dims);
                }
            }
        }
    }

    private static void forward(
            Cases c, boolean centred, Function<TensorType, Value> summand, DType other, long... dims) {
        long width = dims[dims.length - 1];
        List<Value> inputs = new ArrayList<>(List.of(summand.apply(c.type(dims)), c.normal(width)));
        if (centred) {
            inputs.add(c.normal(width));
        }
        FusedNorm norm = new FusedNorm(centred, EPSILON, false, other);
        c.add(Tolerance.CHAIN, Scale.INPUTS, width, norm, inputs.toArray(Value[]::new));
        for (TensorType residual : List.of(c.type(dims), c.type(width))) {
            List<Value> more = new ArrayList<>(inputs);
            more.add(summand.apply(residual.withDType(other)));
            c.add(Tolerance.CHAIN, Scale.INPUTS, width, norm.withResidual(), more.toArray(Value[]::new));
        }
    }

    private static void backward(Cases c, boolean centred, DType other, long... dims) {
        long width = dims[dims.length - 1];
        Value x = c.normal(2, dims);
        Value scale = c.normal(width);
        TensorType rows = new TensorType(c.dtype().wide(), x.type().shape().without(-1));
        List<Value> inputs = new ArrayList<>(List.of(c.normal(dims).as(other), x, scale));
        for (int statistic = 0; statistic < (centred ? 2 : 1); statistic++) {
            inputs.add(Value.generate(rows, i -> 0.25 + c.random().nextDouble() / 4));
        }
        inputs.add(c.normal(dims));
        FusedNormGradient gradient = FusedNormGradient.of(centred).withResidual();
        long terms = Math.max(width, x.type().elements() / Math.max(1, width));
        c.add(Tolerance.CHAIN, Scale.INPUTS, terms, gradient, inputs.toArray(Value[]::new));
        if (other != c.dtype()) {
            c.add(Tolerance.CHAIN, Scale.INPUTS, terms, gradient.withCopy(other), inputs.toArray(Value[]::new));
        }
    }
}
