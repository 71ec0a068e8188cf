package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.List;
import java.util.function.LongToDoubleFunction;

/** Inputs for operations that work along the last dim. */
final class RowCases {
    private static final double EPSILON = 1e-3;

    private RowCases() {}

    private static List<long[]> shapes(Cases c) {
        return c.shapes(
                new long[] {3, 7},
                new long[] {2, 3, 33},
                new long[] {0, 4},
                new long[] {3, c.large() / 3},
                new long[] {5},
                new long[] {1, 1},
                new long[] {130, 65},
                new long[] {c.large() / 20, 20});
    }

    static void softmax(Cases c) {
        for (long[] dims : shapes(c)) {
            long width = dims[dims.length - 1];
            Value x = c.normal(3, dims);
            Value y = c.forward(new Softmax(), x).getFirst();
            c.add(Tolerance.CHAIN, Scale.VALUE, width, new Softmax(), x);
            c.add(Tolerance.CHAIN, Scale.INPUTS, width, new SoftmaxGradient(), y, c.normal(dims));
        }
    }

    static void norms(Cases c) {
        for (long[] dims : shapes(c)) {
            long width = dims[dims.length - 1];
            Value x = c.normal(2, dims);
            Value dy = c.normal(dims);
            Value scale = c.normal(width);
            Value shift = c.normal(width);
            List<Value> layer = c.forward(new LayerNorm(EPSILON), x, scale, shift);
            c.add(Tolerance.CHAIN, Scale.INPUTS, width, new LayerNorm(EPSILON), x, scale, shift);
            long terms = Math.max(width, x.type().elements() / Math.max(1, width));
            c.add(
                    Tolerance.CHAIN,
                    Scale.INPUTS,
                    terms,
                    new LayerNormGradient(),
                    dy,
                    x,
                    scale,
                    layer.get(1),
                    layer.get(2));
            Value inverse = c.forward(new RmsNorm(EPSILON), x, scale).get(1);
            c.add(Tolerance.CHAIN, Scale.INPUTS, width, new RmsNorm(EPSILON), x, scale);
            c.add(Tolerance.CHAIN, Scale.INPUTS, terms, new RmsNormGradient(), dy, x, scale, inverse);
        }
    }

    /** Batch, positions, heads, turned heads, D; a table for all sequences, and one for each. */
    static void rotary(Cases c) {
        for (long[] e : c.shapes(
                new long[] {2, 5, 3, 2, 4},
                new long[] {3, 17, 6, 4, 34},
                new long[] {2, 0, 2, 2, 4},
                new long[] {1, 1, 1, 1, 2},
                new long[] {2, 4, 2, 0, 6},
                new long[] {12, 9, 3, 3, 64})) {
            for (boolean back : new boolean[] {false, true}) {
                Rotary rotary = new Rotary((int) e[2], (int) e[3], back);
                Value x = c.normal(e[0], e[1], e[2] * e[4]);
                c.add(Tolerance.STEPS, Scale.INPUTS, 2, rotary, x, c.normal(e[1], e[4]));
                c.add(Tolerance.STEPS, Scale.INPUTS, 2, rotary, x, c.normal(e[0], e[1], e[4]));
            }
        }
    }

    /** Every third target is ignored; once all of them are, and once one is no class. */
    static void losses(Cases c) {
        for (long[] dims : c.shapes(
                new long[] {7, 5},
                new long[] {4, 257},
                new long[] {0, 3},
                new long[] {1, 1},
                new long[] {3, c.large() / 3},
                new long[] {c.large() / 30, 11})) {
            Value logits = c.normal(3, dims);
            losses(c, logits, i -> i % 3 == 1 ? -1 : c.random().nextInt((int) dims[1]));
        }
        losses(c, c.normal(3, new long[] {5, 9}), i -> -1);
        losses(c, c.normal(3, new long[] {4, 9}), i -> i == 2 ? 9 : 3);
    }

    private static void losses(Cases c, Value logits, LongToDoubleFunction target) {
        long rows = logits.type().shape().dim(0);
        Value targets = Value.generate(TensorType.of(DType.INT32, rows), target);
        CrossEntropy forward = new CrossEntropy(-1);
        Value rowSums = c.forward(forward, logits, targets).get(2);
        long terms = Math.max(rows, logits.type().shape().dim(1));
        c.add(Tolerance.CHAIN, Scale.INPUTS, terms, forward, logits, targets);
        c.add(Tolerance.CHAIN, Scale.INPUTS, 1, new CrossEntropyGradient(-1), logits, targets, rowSums, c.scalar(0.25));
        c.add(Tolerance.CHAIN, Scale.INPUTS, terms, new FusedCrossEntropy(-1), logits, targets, c.scalar(0.25));
    }
}
