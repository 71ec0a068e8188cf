package dev.javelin.accelerator.cpu.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.TestDevice;
import dev.javelin.accelerator.cpu.Tolerance;
import dev.javelin.accelerator.cpu.Value;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Slice;
import dev.javelin.api.operation.Unary;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The primitives against formulas written here: by index arithmetic of their own, in double or BigDecimal. */
class PrimitivesTest {
    private static final long SEED = 20260119;
    private static final double NAN = Double.NaN;

    private static TestDevice device;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @BeforeAll
    static void open() {
        System.out.println("seed " + SEED);
        device = TestDevice.open("kernels", "reference");
    }

    @AfterAll
    static void close() {
        device.close();
    }

    private static Value run(Operation operation, Value... inputs) {
        return device.run(operation, inputs).getFirst();
    }

    private static Value f64(long[] dims, double... values) {
        return Value.of(TensorType.of(DType.FLOAT64, dims), values);
    }

    private static Value f64(double... values) {
        return f64(new long[] {values.length}, values);
    }

    private Value normal(DType dtype, long... dims) {
        return Value.normal(TensorType.of(dtype, dims), random, 1.5);
    }

    private static long[] dims(long... dims) {
        return dims;
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void functionsOfOneVariableAreTheirFormulas(DType dtype) {
        Value x = normal(dtype, 3, 7);
        Value positive = Value.generate(x.type(), i -> Math.abs(x.at(i)));
        check(Unary.Kind.EXP, x, Math::exp);
        check(Unary.Kind.LOG, positive, Math::log);
        check(Unary.Kind.SQRT, positive, Math::sqrt);
        check(Unary.Kind.RSQRT, positive, v -> Math.pow(v, -0.5));
        check(Unary.Kind.RECIPROCAL, x, v -> Math.pow(v, -1));
        check(Unary.Kind.TANH, x, v -> 1 - 2 / (Math.exp(2 * v) + 1));
        check(Unary.Kind.SIGMOID, x, v -> Math.exp(v) / (Math.exp(v) + 1));
        check(Unary.Kind.RELU, x, v -> v > 0 ? v : 0);
        check(Unary.Kind.SQUARE, x, v -> Math.pow(v, 2));
        check(Unary.Kind.ABS, x, v -> v < 0 ? -v : v);
        check(Unary.Kind.SIN, x, v -> Math.cos(v - Math.PI / 2));
        check(Unary.Kind.COS, x, v -> Math.sin(v + Math.PI / 2));
        check(Unary.Kind.ERF, x, PrimitivesTest::integral);
    }

    /** 2/√π ∫₀ˣ e^(−t²) dt by Simpson's rule. */
    private static double integral(double x) {
        int steps = 4000;
        double sum = 1 + Math.exp(-x * x);
        for (int i = 1; i < steps; i++) {
            double t = x * i / steps;
            sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-t * t);
        }
        return 2 / Math.sqrt(Math.PI) * sum * x / steps / 3;
    }

    private static void check(Unary.Kind kind, Value x, DoubleUnaryOperator formula) {
        double[] expected = new double[x.count()];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = formula.applyAsDouble(x.at(i));
        }
        Tolerance.SUMS.check(kind.toString(), expected, run(new Unary(kind), x));
    }

    @Test
    void aNanGoesThroughEveryFunctionOfOneVariable() {
        for (Unary.Kind kind : Unary.Kind.values()) {
            assertTrue(Double.isNaN(run(new Unary(kind), f64(NAN)).at(0)), kind.toString());
        }
    }

    @Test
    void maximumAndMinimumGiveNanIfEitherOperandIsNan() {
        Value a = f64(1, NAN, 2, NAN);
        Value b = f64(2, 2, NAN, NAN);
        Tolerance.EXACT.check("max", new double[] {2, NAN, NAN, NAN}, run(new Binary(Binary.Kind.MAXIMUM), a, b));
        Tolerance.EXACT.check("min", new double[] {1, NAN, NAN, NAN}, run(new Binary(Binary.Kind.MINIMUM), a, b));
    }

    @Test
    void affineRoundsTheProductThenTheSum() {
        TensorType type = TensorType.of(DType.FLOAT32, 5);
        Value x = Value.of(type, 1.1, -3.3, 1e-8, 16777217, 0.1);
        float scale = 1.7f;
        float shift = 0.3f;
        double[] expected = new double[5];
        for (int i = 0; i < 5; i++) {
            float product = (float) x.at(i) * scale;
            expected[i] = product + shift;
        }
        Tolerance.EXACT.check("affine", expected, run(new Affine(1.7, 0.3), x));
    }

    @ParameterizedTest
    @EnumSource(Binary.Kind.class)
    void functionsOfTwoVariablesBroadcastOverAnyRank(Binary.Kind kind) {
        Value a = normal(DType.FLOAT64, 2, 1, 3, 1, 2);
        Value b = normal(DType.FLOAT64, 4, 1, 5, 1);
        double[] expected = new double[2 * 4 * 3 * 5 * 2];
        for (int i = 0; i < expected.length; i++) {
            int e = i % 2;
            int d = i / 2 % 5;
            int c = i / 10 % 3;
            int m = i / 30 % 4;
            int n = i / 120;
            double x = a.at((n * 3 + c) * 2 + e);
            double y = b.at(m * 5 + d);
            expected[i] = switch (kind) {
                case ADD -> x + y;
                case SUBTRACT -> x - y;
                case MULTIPLY -> x * y;
                case DIVIDE -> x / y;
                case MAXIMUM -> x > y ? x : y;
                case MINIMUM -> x < y ? x : y;
            };
        }
        Tolerance.EXACT.check(kind.toString(), expected, run(new Binary(kind), a, b));
    }

    @Test
    void comparisonsOfLongsAreExact() {
        TensorType type = TensorType.of(DType.INT64, 3);
        Value a = Value.ofLongs(type, Long.MAX_VALUE, 1L << 53, -5);
        Value b = Value.ofLongs(type, Long.MAX_VALUE - 1, (1L << 53) + 1, -5);
        double[] equal = {0, 0, 1};
        double[] less = {0, 1, 0};
        Tolerance.EXACT.check("equal", equal, run(new Compare(Compare.Kind.EQUAL), a, b));
        Tolerance.EXACT.check("less", less, run(new Compare(Compare.Kind.LESS), a, b));
    }

    @Test
    void nanComparesFalse() {
        Value a = f64(NAN, NAN, 1);
        Value b = f64(NAN, 1, NAN);
        double[] no = {0, 0, 0};
        Tolerance.EXACT.check("equal", no, run(new Compare(Compare.Kind.EQUAL), a, b));
        Tolerance.EXACT.check("less", no, run(new Compare(Compare.Kind.LESS), a, b));
    }

    @Test
    void selectTakesBytesFromTheChosenSide() {
        Value condition = Value.of(TensorType.of(DType.BOOL, 2, 1), 1, 0);
        Value chosen = run(new Select(), condition, f64(dims(2, 2), 1, 2, 3, NAN), f64(dims(), -1));
        Tolerance.EXACT.check("select", new double[] {1, 2, -1, -1}, chosen);
    }

    @Test
    void castsTruncateSaturateAndRoundToNearestEven() {
        Value x = f64(2.9, -2.9, 1e20, -1e20, NAN, 0);
        double[] ints = {2, -2, Integer.MAX_VALUE, Integer.MIN_VALUE, 0, 0};
        Tolerance.EXACT.check("I32", ints, run(new Cast(DType.INT32), x));
        Tolerance.EXACT.check("U8", new double[] {2, 0, 255, 0, 0, 0}, run(new Cast(DType.UINT8), x));
        Tolerance.EXACT.check("BOOL", new double[] {1, 1, 1, 1, 1, 0}, run(new Cast(DType.BOOL), x));
        Value ties = f64(1 + 0x1p-24, 1 + 3 * 0x1p-24);
        Tolerance.EXACT.check("F32", new double[] {1, 1 + 0x1p-22}, run(new Cast(DType.FLOAT32), ties));
        Value longs = Value.ofLongs(TensorType.of(DType.INT64, 2), (1L << 40) + 7, -1);
        Tolerance.EXACT.check("I64 to I32", new double[] {7, -1}, run(new Cast(DType.INT32), longs));
    }

    @Test
    void fillAndIotaWriteEveryType() {
        for (DType dtype : List.of(DType.FLOAT64, DType.FLOAT32, DType.INT64, DType.INT32, DType.UINT8)) {
            TensorType type = TensorType.of(dtype, 2, 3, 2);
            Tolerance.EXACT.check(
                    "iota " + dtype, new double[] {0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}, run(new Iota(type, 1)));
            TensorType row = TensorType.of(dtype, 3);
            Tolerance.EXACT.check("fill " + dtype, new double[] {7, 7, 7}, run(new Fill(row, 7)));
        }
    }

    @Test
    void movesPutEveryElementWhereItsIndicesSay() {
        Value x = Value.generate(TensorType.of(DType.FLOAT32, 2, 3, 4), i -> i);
        double[] permuted = new double[24];
        for (int i = 0; i < 24; i++) {
            permuted[(i % 4 * 2 + i / 12) * 3 + i / 4 % 3] = i; // [4, 2, 3]
        }
        Tolerance.EXACT.check("permute", permuted, run(new Permute(List.of(2, 0, 1)), x));
        double[] sliced = {4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23};
        Tolerance.EXACT.check("slice", sliced, run(new Slice(1, 1, 2), x));
        Value row = Value.of(TensorType.of(DType.INT32, 2, 1), 5, 6);
        Tolerance.EXACT.check("pad", new double[] {0, 0, 5, 0, 0, 0, 6, 0}, run(new Pad(1, 2, 4), row));
        Value other = Value.of(TensorType.of(DType.INT32, 2, 2), 1, 2, 3, 4);
        Tolerance.EXACT.check("concat", new double[] {5, 1, 2, 6, 3, 4}, run(new Concat(1), row, other));
        Tolerance.EXACT.check(
                "broadcast", new double[] {5, 5, 6, 6, 5, 5, 6, 6}, run(new BroadcastTo(Shape.of(2, 2, 2)), row));
    }

    @Test
    void aSumIsThatOfExactArithmeticRoundedOnce() {
        Value x = normal(DType.FLOAT32, 5, 7, 3);
        double[] expected = new double[7];
        for (int j = 0; j < 7; j++) {
            BigDecimal sum = BigDecimal.ZERO;
            for (int i = 0; i < 5; i++) {
                for (int k = 0; k < 3; k++) {
                    sum = sum.add(new BigDecimal(x.at((i * 7 + j) * 3 + k)));
                }
            }
            expected[j] = sum.floatValue();
        }
        Tolerance.EXACT.check("sum", expected, run(new Reduce(Reduce.Kind.SUM, List.of(0, 2)), x));
    }

    @Test
    void theMaximumOfARowIsNanIfItHasOneAndOfNothingMinusInfinity() {
        Value x = f64(dims(3, 2), 1, 5, NAN, 2, -3, -4);
        Tolerance.EXACT.check("max", new double[] {5, NAN, -3}, run(new Reduce(Reduce.Kind.MAX, List.of(1)), x));
        double[] nothing = {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};
        Value empty = f64(dims(2, 0));
        Tolerance.EXACT.check("empty", nothing, run(new Reduce(Reduce.Kind.MAX, List.of(1)), empty));
        Tolerance.EXACT.check("empty", new double[] {0, 0}, run(new Reduce(Reduce.Kind.SUM, List.of(1)), empty));
    }

    @Test
    void aProductIsThatOfExactArithmetic() {
        int m = 3;
        int n = 4;
        int k = 5;
        for (int transposes = 0; transposes < 4; transposes++) {
            boolean ta = (transposes & 1) != 0;
            boolean tb = (transposes & 2) != 0;
            Value a = normal(DType.FLOAT64, ta ? dims(2, k, m) : dims(2, m, k));
            Value b = normal(DType.FLOAT64, tb ? dims(2, n, k) : dims(2, k, n));
            double[] expected = new double[2 * m * n];
            for (int i = 0; i < expected.length; i++) {
                int batch = i / (m * n);
                int row = i / n % m;
                int column = i % n;
                BigDecimal sum = BigDecimal.ZERO;
                for (int l = 0; l < k; l++) {
                    double x = a.at(batch * m * k + (ta ? l * m + row : row * k + l));
                    double y = b.at(batch * k * n + (tb ? column * k + l : l * n + column));
                    sum = sum.add(new BigDecimal(x).multiply(new BigDecimal(y)), MathContext.UNLIMITED);
                }
                expected[i] = sum.doubleValue();
            }
            Tolerance.SUMS.check("product " + transposes, expected, run(new MatMul(ta, tb), a, b));
        }
    }

    @Test
    void aSharedRightOperandMultipliesEveryMatrix() {
        Value a = normal(DType.FLOAT64, 3, 2, 4);
        Value b = normal(DType.FLOAT64, 5, 4);
        Value whole = run(new MatMul(false, true), a, b);
        for (int batch = 0; batch < 3; batch++) {
            double[] rows = new double[8];
            double[] expected = new double[10];
            for (int i = 0; i < 8; i++) {
                rows[i] = a.at(batch * 8 + i);
            }
            for (int i = 0; i < 10; i++) {
                expected[i] = whole.at(batch * 10 + i);
            }
            Tolerance.EXACT.check("matrix " + batch, expected, run(new MatMul(false, true), f64(dims(2, 4), rows), b));
        }
    }
}
