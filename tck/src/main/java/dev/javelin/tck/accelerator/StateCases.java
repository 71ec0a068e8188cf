package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.ArrayList;
import java.util.List;

/** Inputs for operations that update state, and for those that guard updates. */
final class StateCases {
    private StateCases() {}

    private static List<long[]> shapes(Cases c) {
        return c.shapes(
                new long[] {3, 33},
                new long[] {c.large()},
                new long[] {0},
                new long[] {},
                new long[] {257},
                new long[] {4, 5, 6});
    }

    static void states(Cases c) {
        for (long[] dims : shapes(c)) {
            for (int predicate = 0; predicate < 2; predicate++) {
                c.add(Tolerance.EXACT, new Assign(), c.normal(dims), c.normal(dims), Cases.flag(predicate));
                if (c.first()) {
                    Value state = c.integers(DType.INT64, -5, 5, dims);
                    Value value = c.integers(DType.INT64, -5, 5, dims);
                    c.add(Tolerance.EXACT, new Assign(), state, value, Cases.flag(predicate));
                }
            }
            c.add(Tolerance.EXACT, new Accumulate(), c.normal(dims), c.normal(dims));
            if (c.first()) {
                TensorType sums = TensorType.of(DType.INT64, dims);
                Value sum = Value.generate(sums, i -> c.random().nextInt() * 1000.0);
                c.add(Tolerance.EXACT, new Accumulate(), sum, c.integers(DType.INT64, -50, 50, dims));
            }
        }
    }

    /** Any predicate but 0 lets the step be written. */
    static void updates(Cases c) {
        for (long[] dims : shapes(c)) {
            for (int predicate : new int[] {1, 0, -1}) {
                List<Value> inputs = new ArrayList<>(List.of(
                        c.normal(dims),
                        c.normal(dims),
                        c.normal(0.1, dims),
                        c.normal(dims).absolute(),
                        c.scalar(0.01),
                        c.scalar(0.19),
                        c.scalar(0.05),
                        c.scalar(0.5),
                        Cases.flag(predicate)));
                update(c, inputs);
                if (c.dtype().half()) {
                    inputs.add(inputs.getFirst());
                    for (int i : new int[] {0, 2, 3}) {
                        inputs.set(i, inputs.get(i).as(DType.FLOAT32));
                    }
                    update(c, inputs);
                }
            }
        }
    }

    private static void update(Cases c, List<Value> inputs) {
        Value[] all = inputs.toArray(Value[]::new);
        c.add(Tolerance.STEPS, Scale.LARGEST, 1, new AdamW(0.9, 0.95, 1e-8, 0.1), all);
        c.add(Tolerance.STEPS, Scale.LARGEST, 1, new AdamW(0.9, 0.999, 1e-3, 0), all);
    }

    static void averages(Cases c) {
        for (long[] dims : shapes(c)) {
            for (int predicate = 0; predicate < 2; predicate++) {
                for (double rate : new double[] {0.125, 0, 1}) {
                    Value average = c.normal(dims);
                    Tolerance tolerance = rate == 0.125 ? Tolerance.STEPS : Tolerance.EXACT;
                    c.add(
                            tolerance,
                            Scale.INPUTS,
                            1,
                            new MovingAverage(),
                            average,
                            c.normal(dims),
                            c.scalar(rate),
                            Cases.flag(predicate));
                }
            }
        }
    }

    /** Accumulators that hold something already; squares from the smallest to the largest. */
    static void norms(Cases c) {
        Value empty = Value.generate(SquareSum.ACCUMULATOR, i -> 0);
        Value some = Value.generate(SquareSum.ACCUMULATOR, i -> i >= 28 && i < 36 ? 0xFFFF_FFFEL - i : 0);
        for (long[] dims : shapes(c)) {
            for (double deviation : new double[] {1, 1e-4, 100}) {
                c.add(Tolerance.EXACT, new SquareSum(), empty, c.normal(deviation, dims));
                c.add(Tolerance.EXACT, new SquareSum(), some, c.normal(deviation, dims));
            }
        }
        c.add(Tolerance.EXACT, new ExactNorm(c.dtype()), empty);
        for (int i = 0; i < 4; i++) {
            double deviation = Math.pow(10, i - 2);
            List<Value> inputs = List.of(empty, c.normal(deviation, 100));
            Value sum = c.moved(new SquareSum(), inputs);
            c.add(Tolerance.EXACT, new ExactNorm(c.dtype()), sum);
        }
        c.add(
                Tolerance.EXACT,
                new ExactNorm(c.dtype()),
                Value.generate(SquareSum.ACCUMULATOR, i -> i == 70 ? 1 : i == 33 ? 5 : 0));
    }

    static void finite(Cases c) {
        double[] odd = {
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0,
            Format.of(c.dtype()).largest()
        };
        for (double value : odd) {
            c.add(Tolerance.EXACT, new IsFinite(), c.number(1), c.number(value), c.number(-3));
            c.add(Tolerance.EXACT, new IsFinite(), c.number(value));
        }
        Value[] many = new Value[20];
        java.util.Arrays.fill(many, c.number(2));
        c.add(Tolerance.EXACT, new IsFinite(), many);
        Value wide = Value.of(TensorType.of(DType.FLOAT64), Double.NaN);
        c.add(Tolerance.EXACT, new IsFinite(), c.number(1), wide);
    }
}
