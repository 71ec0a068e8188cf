package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.advised;
import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.Unary;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Numbers at the edges, and what must not depend on how data are cut. */
final class SpecialRules {
    private static final int SHARES = 3;

    private SpecialRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                opened(
                        "ACC-661",
                        "NaN, infinities, zeros of both signs, the largest and the smallest normal numbers go through"
                                + " functions of one number as IEEE 754 and the oracle have it.",
                        "A step that overflows must show it, and one that does not must not.",
                        bench -> tried(bench, SpecialRules::unary)),
                opened(
                        "ACC-662",
                        "The same numbers go through arithmetic and comparisons of two numbers, each with each.",
                        "Maximum and minimum of a NaN are NaN, and zeros keep their signs.",
                        bench -> tried(bench, SpecialRules::binary)),
                opened(
                        "ACC-663",
                        "Moves keep every bit, those of NaNs included.",
                        "What is moved is not computed.",
                        SpecialRules::moves),
                opened(
                        "ACC-664",
                        "A row with a NaN or an infinity leaves other rows as they were, and logits far from zero do"
                                + " not overflow.",
                        "One bad sample must not hide where it came from.",
                        bench -> tried(bench, SpecialRules::rows)),
                opened(
                        "ACC-665",
                        "Products and sums with NaNs and infinities give NaN where 0 · ∞ or ∞ − ∞ is in the sum, and"
                                + " nowhere else.",
                        "A factor of zero is no reason to leave out a term.",
                        bench -> tried(bench, SpecialRules::products)),
                opened(
                        "ACC-666",
                        "Casts round halves to even, overflow to infinity, cut off towards integers and end at their"
                                + " limits.",
                        "Storage and wire types are the same on every device.",
                        bench -> tried(bench, SpecialRules::casts)),
                opened(
                        "ACC-667",
                        "Random numbers of a share of rows are those that the whole has there.",
                        "Dropout must not depend on how rows are dealt to ranks.",
                        SpecialRules::shares),
                opened(
                        "ACC-668",
                        "Exact sums of squares have the same bits in any order and any number of parts, from the"
                                + " smallest to the largest numbers.",
                        "Units, shards and ranks cut gradients differently.",
                        SpecialRules::parts),
                advised(
                        "ACC-669",
                        "Numbers too small to be normal are kept by arithmetic and casts, not taken for zero.",
                        "Gradients of 16 bits live there.",
                        bench -> tried(bench, SpecialRules::denormal)));
    }

    /** Adds cases of one floating type. */
    @FunctionalInterface
    private interface Adds {
        void to(Cases cases);
    }

    /** Compares cases of all floating types with the oracle, those that have a plan. */
    private static String tried(Bench bench, Adds adds) {
        AcceleratorSubject subject = bench.subject();
        Set<DType> taken = EnumSet.noneOf(DType.class);
        try (Truth truth = new Truth(subject.oracle())) {
            Judge judge = new Judge(truth, subject.seed());
            for (DType dtype : Cases.FLOATING) {
                Cases cases = new Cases(dtype, subject.extent(), subject.seed(), truth);
                adds.to(cases);
                for (Case each : cases.all()) {
                    if (each.plan(bench.device().planner()).isPresent()) {
                        judge.compare(
                                each,
                                Trial.run(bench.lab(), each, Layout.usual()).outputs());
                        taken.addAll(each.types());
                    }
                }
            }
            return judge.figure() + ", in " + taken.stream().map(DType::label).toList();
        }
    }

    private static double smallestNormal(DType dtype) {
        return Math.scalb(1.0, Format.of(dtype).leastExponent());
    }

    private static double[] special(DType dtype) {
        double largest = Format.of(dtype).largest();
        double smallest = smallestNormal(dtype);
        return new double[] {
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0.0,
            -0.0,
            1,
            -1,
            largest,
            -largest,
            smallest,
            -smallest,
            Math.sqrt(smallest) * 2,
            30,
            -30,
            1000,
            -1000
        };
    }

    private static Value row(Cases c, double... values) {
        return Value.of(c.type(values.length), values);
    }

    private static void unary(Cases c) {
        Value all = row(c, special(c.dtype()));
        for (Unary.Kind kind : Unary.Kind.values()) {
            // large arguments of sine and cosine are reduced as well as each device can
            boolean periodic = kind == Unary.Kind.SIN || kind == Unary.Kind.COS;
            Value x = periodic ? row(c, Double.NaN, Double.POSITIVE_INFINITY, 0, -0.0, 1, -1, 3, -30) : all;
            boolean signed = kind == Unary.Kind.SQRT || kind == Unary.Kind.ABS || kind == Unary.Kind.RECIPROCAL;
            if (signed) {
                c.addSigned(Tolerance.NEAREST, new Unary(kind), x);
            } else {
                c.add(Tolerance.FUNCTION, periodic ? Scale.INPUTS : Scale.VALUE, 1, new Unary(kind), x);
            }
        }
        c.addSigned(Tolerance.EXACT, new Affine(-1, 0), row(c, Double.NaN, Double.POSITIVE_INFINITY, 5, -7));
        c.add(Tolerance.EXACT, new Affine(2, 0), all);
    }

    private static void binary(Cases c) {
        double[] values = special(c.dtype());
        Value down = Value.of(c.type(values.length, 1), values);
        Value across = row(c, values);
        for (Binary.Kind kind : Binary.Kind.values()) {
            Tolerance tolerance = kind == Binary.Kind.DIVIDE ? Tolerance.NEAREST : Tolerance.EXACT;
            if (kind == Binary.Kind.MAXIMUM || kind == Binary.Kind.MINIMUM) {
                c.add(tolerance, new Binary(kind), down, across);
            } else {
                c.addSigned(tolerance, new Binary(kind), normal(c, down), normal(c, across));
            }
        }
        for (Compare.Kind kind : Compare.Kind.values()) {
            c.add(Tolerance.EXACT, new Compare(kind), down, across);
        }
    }

    /** Without the numbers whose products and quotients are too small to be normal. */
    private static Value normal(Cases c, Value values) {
        double least = Math.sqrt(smallestNormal(c.dtype()));
        double most = 1 / least;
        return Value.generate(values.type(), i -> {
            double value = values.at(i);
            boolean tame = value == 0 || !Double.isFinite(value) || Math.abs(value) >= least && Math.abs(value) <= most;
            return tame ? value : Math.copySign(1.5, value);
        });
    }

    private static String moves(Bench bench) {
        AcceleratorSubject subject = bench.subject();
        int tried = 0;
        try (Truth truth = new Truth(subject.oracle())) {
            for (Family family : List.of(Family.MOVES, Family.SELECT, Family.EMBEDDINGS, Family.STATES)) {
                for (DType dtype : Cases.FLOATING) {
                    for (Case usual : family.cases(dtype, subject.extent().telling(), subject.seed(), truth)) {
                        if (moving(usual)
                                && usual.plan(bench.device().planner()).isPresent()) {
                            moves(bench, truth, usual);
                            tried++;
                        }
                    }
                }
            }
        }
        return tried + " cases";
    }

    private static boolean moving(Case tried) {
        String name = tried.operation().name();
        return !name.equals("accumulate") && !name.equals("embedding_gradient");
    }

    /** Random bits in place of the floating numbers. */
    private static void moves(Bench bench, Truth truth, Case usual) {
        List<Value> inputs = new ArrayList<>();
        for (Value input : usual.inputs()) {
            boolean floating = input.type().dtype().floating();
            inputs.add(floating ? new Value(input.type(), bench.bytes(usual, input.bytes().length)) : input);
        }
        Case random = usual.withInputs(inputs);
        List<Value> expected = truth.moved(random.operation(), inputs);
        List<Value> actual = Trial.run(bench.lab(), random, Layout.usual()).outputs();
        for (int o = 0; o < expected.size(); o++) {
            if (random.operation().name().equals("embedding")) {
                requireRows(random, expected.get(o), actual.get(o));
            } else {
                Bench.requireEqual(expected.get(o).bytes(), actual.get(o).bytes(), "output " + o + " of " + random);
            }
        }
    }

    /** Rows of ids outside of the table are any NaN. */
    private static void requireRows(Case tried, Value expected, Value actual) {
        long width = expected.type().shape().dim(-1);
        long rows = tried.inputs().getFirst().type().shape().dim(0);
        for (long i = 0; i < expected.type().elements(); i++) {
            double id = tried.inputs().get(1).at(i / width);
            boolean inside = id >= 0 && id < rows;
            Breach.unless(
                    inside ? expected.bitsAt(i) == actual.bitsAt(i) : Double.isNaN(actual.at(i)),
                    Long.toHexString(actual.bitsAt(i)),
                    inside ? Long.toHexString(expected.bitsAt(i)) : "NaN",
                    "element " + i + " of " + tried);
        }
    }

    private static void rows(Cases c) {
        double far = c.dtype() == DType.FLOAT16 ? 1e4 : 1e5;
        double[][] bad = {
            {1, 2, 3, 4},
            {1, Double.NaN, 3, 4},
            {far, far + 64, far - 64, far},
            {-far, -far, -far, -far},
            {1, Double.NEGATIVE_INFINITY, 3, Double.NEGATIVE_INFINITY},
            {0, 0, 0, 0},
            {4, 3, 2, 1}
        };
        Value x = Value.of(
                c.type(bad.length, 4),
                Arrays.stream(bad).flatMapToDouble(Arrays::stream).toArray());
        Value ones = Value.generate(c.type(4), i -> 1);
        Value targets = Value.generate(TensorType.of(DType.INT32, bad.length), i -> i % 4);
        c.add(Tolerance.CHAIN, Scale.VALUE, 4, new Softmax(), x);
        c.add(Tolerance.CHAIN, Scale.INPUTS, 4, new CrossEntropy(-1), x, targets);
        c.add(Tolerance.CHAIN, Scale.INPUTS, 4, new FusedCrossEntropy(-1), x, targets, c.scalar(0.5));
        c.add(Tolerance.CHAIN, Scale.INPUTS, 4, new Reduce(Reduce.Kind.SUM, List.of(1)), x);
        c.add(Tolerance.EXACT, new Reduce(Reduce.Kind.MAX, List.of(1)), x);
        c.add(Tolerance.EXACT, new Reduce(Reduce.Kind.MAX, List.of(0)), x);
        // a constant row has a variance of 0, which differences of large numbers hide
        Value near = Value.generate(x.type(), i -> Math.abs(x.at(i)) > 100 ? 5 : x.at(i));
        c.add(Tolerance.CHAIN, Scale.INPUTS, 4, new LayerNorm(1e-3), near, ones, ones);
        c.add(Tolerance.CHAIN, Scale.INPUTS, 4, new RmsNorm(1e-3), near, ones);
        Value packed = Value.generate(
                c.type(2, 5, 12), i -> i == 13 ? Double.NaN : 20 * c.random().nextGaussian());
        c.add(Tolerance.CHAIN, Scale.INPUTS, 9, new Attention(1, 1, true), packed);
    }

    private static void products(Cases c) {
        double infinity = Double.POSITIVE_INFINITY;
        Value a = Value.of(c.type(3, 3), 0, 1, 2, 0, 0, 0, 1, 1, 1);
        Value b = Value.of(c.type(3, 2), infinity, 1, 2, 3, 4, Double.NaN);
        c.add(Tolerance.SUM, Scale.VALUE, 3, new MatMul(false, false), a, b);
        Value wide =
                Value.generate(c.type(40, 65), i -> i == 70 ? Double.NaN : i == 200 ? infinity : i % 5 == 0 ? 0 : 1);
        Value ones = Value.generate(c.type(65, 33), i -> i % 7 == 0 ? 0 : 1);
        c.add(Tolerance.EXACT, new MatMul(false, false), wide, ones);
        Value sums = Value.of(c.type(3, 3), 1, infinity, 2, infinity, -infinity, 1, 1, 2, 3);
        c.add(Tolerance.EXACT, new Reduce(Reduce.Kind.SUM, List.of(1)), sums);
        c.add(Tolerance.EXACT, new Reduce(Reduce.Kind.SUM, List.of(0)), sums);
    }

    private static void casts(Cases c) {
        Value ends = row(
                c,
                0.5,
                -0.5,
                1.999,
                -1.999,
                2.5,
                300,
                -3,
                6e4,
                -6e4,
                3e9,
                -3e9,
                1e19,
                -1e19,
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY,
                -0.0);
        for (DType to : DType.values()) {
            c.add(Tolerance.EXACT, new Cast(to), ends);
            if (to.half()) {
                Format format = Format.of(to);
                Value halves = Value.generate(c.type(64), i -> {
                    double step = format.spacing(1 + i / 8);
                    return 1 + i / 8 + (i % 8) * step + (i % 2 == 0 ? step / 2 : step * 0.5078125);
                });
                c.add(Tolerance.EXACT, new Cast(to), halves);
            }
            if (c.first()) {
                TensorType whole = TensorType.of(DType.INT64, 5);
                Value large = Value.generate(whole, i -> ((1L << 40) + 300) * (i - 2));
                c.add(Tolerance.EXACT, new Cast(to), large);
            }
        }
    }

    private static String shares(Bench bench) {
        int tried = 0;
        for (DType dtype : Cases.FLOATING) {
            TensorType whole = TensorType.of(dtype, 6, 35);
            TensorType share = TensorType.of(dtype, 2, 35);
            Case all = uniform(whole, 0, 6);
            if (all.plan(bench.device().planner()).isEmpty()) {
                continue;
            }
            byte[] expected = Trial.run(bench.lab(), all, Layout.usual())
                    .outputs()
                    .getFirst()
                    .bytes();
            for (int i = 0; i < SHARES; i++) {
                Case part = uniform(share, 2 * i, 2);
                int from = (int) (i * share.bytes());
                Bench.requireEqual(
                        Arrays.copyOfRange(expected, from, from + (int) share.bytes()),
                        Trial.run(bench.lab(), part, Layout.usual())
                                .outputs()
                                .getFirst()
                                .bytes(),
                        "rows from " + 2 * i + " on of " + all);
            }
            tried++;
        }
        return tried + " types, " + SHARES + " shares each";
    }

    private static Case uniform(TensorType type, int first, int rows) {
        Value key = Value.of(TensorType.of(DType.INT32, 6), 5, 6, 7, 8, 1000 + first, rows);
        return new Case(new RandomUniform(type, 3), List.of(key), Tolerance.EXACT, Scale.VALUE, 1, false);
    }

    private static String parts(Bench bench) {
        int tried = 0;
        for (DType dtype : Cases.FLOATING) {
            double[] values = new double[60];
            double spread = Math.getExponent(Format.of(dtype).largest()) / 31.0;
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.scalb(1 + i / 64.0, (int) ((i - 30) * spread)) * (i % 2 == 0 ? 1 : -1);
            }
            values[7] = dtype == DType.FLOAT32 ? Double.POSITIVE_INFINITY : 0;
            Value all = Value.of(TensorType.of(dtype, values.length), values);
            Value empty = Value.generate(SquareSum.ACCUMULATOR, i -> 0);
            if (add(empty, all).plan(bench.device().planner()).isEmpty()) {
                continue;
            }
            byte[] whole = run(bench, add(empty, all)).bytes();
            Value sum = empty;
            for (int from = 50; from >= 0; from -= 10) {
                double[] part = Arrays.copyOfRange(values, from, from + 10);
                sum = run(bench, add(sum, Value.of(TensorType.of(dtype, 10), part)));
            }
            Bench.requireEqual(whole, sum.bytes(), "squares of " + dtype + " in 6 parts, the last first");
            tried++;
        }
        return tried + " types in 6 parts";
    }

    private static Case add(Value sum, Value values) {
        return new Case(new SquareSum(), List.of(sum, values), Tolerance.EXACT, Scale.VALUE, 1, false);
    }

    private static Value run(Bench bench, Case tried) {
        return Trial.run(bench.lab(), tried, Layout.usual()).outputs().getFirst();
    }

    private static void denormal(Cases c) {
        double least = smallestNormal(c.dtype());
        Value small = row(c, least / 2, -least / 2, least / 4, least * 0.75, least);
        c.add(Tolerance.EXACT, new Affine(2, 0), small);
        c.add(Tolerance.EXACT, new Affine(0.5, 0), small);
        c.add(Tolerance.EXACT, new Binary(Binary.Kind.ADD), small, small);
        c.add(Tolerance.EXACT, new Binary(Binary.Kind.SUBTRACT), small, row(c, least, least, least, least, least / 2));
        c.add(Tolerance.NEAREST, new Binary(Binary.Kind.DIVIDE), small, row(c, 4, 2, 2, 3, 8));
        c.add(Tolerance.EXACT, new Compare(Compare.Kind.LESS), small, row(c, 0, 0, 0, 0, 0));
        for (DType to : Cases.FLOATING) {
            c.add(Tolerance.EXACT, new Cast(to), small);
        }
    }
}
