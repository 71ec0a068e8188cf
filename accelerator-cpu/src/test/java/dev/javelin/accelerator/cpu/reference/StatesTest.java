package dev.javelin.accelerator.cpu.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.TestDevice;
import dev.javelin.accelerator.cpu.Tolerance;
import dev.javelin.accelerator.cpu.Value;
import dev.javelin.api.DType;
import dev.javelin.api.Philox;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.SquareSum;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** State, tables, random numbers and exact sums, of the reference and of the fast kernels. */
class StatesTest {
    private static final long SEED = 20260120;
    private static final double NAN = Double.NaN;

    private static TestDevice reference;
    private static TestDevice fast;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @BeforeAll
    static void open() {
        System.out.println("seed " + SEED);
        reference = TestDevice.open("kernels", "reference");
        fast = TestDevice.open("threads", "2");
    }

    @AfterAll
    static void close() {
        reference.close();
        fast.close();
    }

    static Stream<TestDevice> devices() {
        return Stream.of(reference, fast);
    }

    private static Value ints(int... values) {
        return Value.generate(TensorType.of(DType.INT32, values.length), i -> values[i]);
    }

    private static Value predicate(int value) {
        return Value.of(TensorType.of(DType.INT32), value);
    }

    private static Value f32(double... values) {
        return Value.of(TensorType.of(DType.FLOAT32, values.length), values);
    }

    private static Value scalar(double value) {
        return Value.of(TensorType.of(DType.FLOAT32), value);
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void assignWritesOnlyIfThePredicateHolds(TestDevice device) {
        for (int flag : new int[] {0, 1, -1}) {
            Value result = device.run(new Assign(), f32(1, 2), f32(3, NAN), predicate(flag))
                    .getFirst();
            Tolerance.EXACT.check("flag " + flag, flag == 0 ? new double[] {1, 2} : new double[] {3, NAN}, result);
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void accumulationOfLongsIsExact(TestDevice device) {
        TensorType type = TensorType.of(DType.INT64, 2);
        Value sum = device.run(new Accumulate(), Value.ofLongs(type, 1L << 60, -7), Value.ofLongs(type, 3, 7))
                .getFirst();
        assertEquals((1L << 60) + 3, sum.longAt(0));
        assertEquals(0, sum.longAt(1));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void packLeavesAnInputThatLiesAtItsPlaceAndClearsTheTail(TestDevice device) {
        Value packed = device.run(new Pack(6), f32(1, 2, 3), f32(4)).getFirst();
        Tolerance.EXACT.check("apart", new double[] {1, 2, 3, 4, 0, 0}, packed);
        TensorType six = TensorType.of(DType.FLOAT32, 6);
        Value whole = Value.of(six, 1, 2, 3, 4, 5, 6);
        Value same = device.run(new Pack(6), Set.of(new dev.javelin.spi.device.KernelPlan.Alias(0, 0)), whole)
                .getFirst();
        assertEquals(whole, same);
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void adamWFollowsTheFormulaAndObeysThePredicate(TestDevice device) {
        double p = 0.5;
        double g = -0.2 * 0.25;
        double m = 0.9 * 0.1 + 0.1 * g;
        double v = 0.999 * 0.02 + 0.001 * g * g;
        double rate = 3e-3;
        double expected = p
                - rate * 0.1 * p
                - rate * (m / (1 - Math.pow(0.9, 7))) / (Math.sqrt(v / (1 - Math.pow(0.999, 7))) + 1e-8);
        for (int flag = 0; flag < 2; flag++) {
            List<Value> out = device.run(
                    new AdamW(0.9, 0.999, 1e-8, 0.1),
                    f32(p),
                    f32(-0.2),
                    f32(0.1),
                    f32(0.02),
                    scalar(rate),
                    scalar(1 - Math.pow(0.9, 7)),
                    scalar(1 - Math.pow(0.999, 7)),
                    scalar(0.25),
                    predicate(flag));
            Tolerance.SUMS.check("param", new double[] {flag == 0 ? p : expected}, out.get(0));
            Tolerance.SUMS.check("m", new double[] {flag == 0 ? 0.1 : m}, out.get(1));
            Tolerance.SUMS.check("v", new double[] {flag == 0 ? 0.02 : v}, out.get(2));
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void onlyFiniteScalarsAreFinite(TestDevice device) {
        assertEquals(
                1, device.run(new IsFinite(), scalar(1), scalar(-3)).getFirst().at(0));
        assertEquals(
                0, device.run(new IsFinite(), scalar(1), scalar(NAN)).getFirst().at(0));
        assertEquals(
                0,
                device.run(new IsFinite(), scalar(Double.NEGATIVE_INFINITY))
                        .getFirst()
                        .at(0));
        assertEquals(1, device.run(new IsFinite()).getFirst().at(0));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void anIdOutsideTheTableGivesARowOfNanAndNoGradient(TestDevice device) {
        Value table = Value.of(TensorType.of(DType.FLOAT32, 3, 2), 1, 2, 3, 4, 5, 6);
        Value ids = ints(2, -1, 0, 3);
        double[] rows = {5, 6, NAN, NAN, 1, 2, NAN, NAN};
        Tolerance.EXACT.check(
                "rows", rows, device.run(new Embedding(), table, ids).getFirst());
        Value dy = Value.of(TensorType.of(DType.FLOAT32, 4, 2), 1, 2, 3, 4, 5, 6, 7, 8);
        double[] gradient = {5, 6, 0, 0, 1, 2};
        Tolerance.EXACT.check(
                "gradient",
                gradient,
                device.run(new EmbeddingGradient(3), ids, dy).getFirst());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void gradientsOfATableAreAddedInTheOrderOfTheTokens(TestDevice device) {
        Value dy = Value.of(TensorType.of(DType.FLOAT32, 3, 1), 1e8, -1e8, 1);
        Value ids = ints(0, 0, 0);
        float expected = (1e8f + -1e8f) + 1f;
        assertEquals(
                expected,
                device.run(new EmbeddingGradient(1), ids, dy).getFirst().at(0));
        Value other = Value.of(TensorType.of(DType.FLOAT32, 3, 1), 1, 1e8, -1e8);
        assertEquals(
                0, device.run(new EmbeddingGradient(1), ids, other).getFirst().at(0));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void aTargetThatIsNoClassMakesTheLossAndItsRowNan(TestDevice device) {
        Value logits = Value.of(TensorType.of(DType.FLOAT32, 3, 2), 0, 0, 0, 0, 0, 0);
        List<Value> good = device.run(new CrossEntropy(-100), logits, ints(0, -100, 1));
        Tolerance.SUMS.check("loss", new double[] {2 * Math.log(2)}, good.get(0));
        assertEquals(2, good.get(1).at(0));
        Tolerance.SUMS.check("row sums", new double[] {Math.log(2), Math.log(2), Math.log(2)}, good.get(2));
        List<Value> bad = device.run(new CrossEntropy(-100), logits, ints(0, 2, -1));
        assertTrue(Double.isNaN(bad.get(0).at(0)));
        Value gradient = device.run(new CrossEntropyGradient(-100), logits, ints(0, 2, -100), good.get(2), scalar(2))
                .getFirst();
        Tolerance.SUMS.check("gradient", new double[] {-1, 1, NAN, NAN, 0, 0}, gradient);
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void crossEntropyWithItsGradientHasTheBitsOfBoth(TestDevice device) {
        for (int[] targets : new int[][] {{4, -1, 60, 7, -1, 0, 12}, {4, -1, 61, 7, -1, -2, 12}, {-1, -1, -1}}) {
            Value logits = Value.normal(TensorType.of(DType.FLOAT32, targets.length, 61), random, 3);
            List<Value> forward = device.run(new CrossEntropy(-1), logits, ints(targets));
            List<Value> all = new ArrayList<>(forward.subList(0, 2));
            all.addAll(device.run(new CrossEntropyGradient(-1), logits, ints(targets), forward.get(2), scalar(-0.3)));
            List<Value> both = device.run(new FusedCrossEntropy(-1), logits, ints(targets), scalar(-0.3));
            for (int o = 0; o < all.size(); o++) {
                Tolerance.EXACT.check("output " + o, all.get(o), both.get(o));
            }
        }
    }

    @Test
    void aUniformNumberIsAFunctionOfItsGlobalIndex() {
        int[] key = {11, -5, 3, 2, 6, 4}; // seed, step, micro, first sample, rows
        Value random = ints(key);
        int call = 0x5EED;
        TensorType type = TensorType.of(DType.FLOAT64, 4, 3);
        Value shard = reference.run(new RandomUniform(type, call), random).getFirst();
        int[] words = new int[4];
        for (int i = 0; i < 12; i++) {
            long element = 6 * 3 + i;
            Philox.block((int) (element / 4), call, 3, 2, 11, -5, words);
            double expected = (words[(int) (element % 4)] >>> 8) / 16777216.0;
            assertEquals(expected, shard.at(i), "element " + i);
        }
    }

    @Test
    void theHighWordOfAnIndexReachesTheCounter() {
        Value random = ints(1, 2, 3, 4, Integer.MAX_VALUE, 1);
        TensorType type = TensorType.of(DType.FLOAT32, 40);
        Value numbers = reference.run(new RandomUniform(type, 9), random).getFirst();
        int[] words = new int[4];
        for (int i = 0; i < 40; i++) {
            long element = 40L * Integer.MAX_VALUE + i;
            Philox.block((int) (element / 4), (int) (element / 4 >> 32) ^ 9, 3, 4, 1, 2, words);
            assertEquals((words[(int) (element % 4)] >>> 8) * 0x1p-24, numbers.at(i), "element " + i);
        }
    }

    private static Value emptyAccumulator() {
        return Value.generate(SquareSum.ACCUMULATOR, i -> 0);
    }

    private static BigDecimal exactSum(Value x) {
        BigDecimal sum = BigDecimal.ZERO;
        for (int i = 0; i < x.count(); i++) {
            sum = sum.add(new BigDecimal(x.at(i) * x.at(i)));
        }
        return sum;
    }

    /** Σ limb · 2^(32·i − 1074). */
    private static BigDecimal value(Value accumulator) {
        BigInteger total = BigInteger.ZERO;
        for (int i = 66; i >= 0; i--) {
            total = total.shiftLeft(32).add(BigInteger.valueOf(accumulator.longAt(i)));
        }
        return new BigDecimal(total)
                .multiply(new BigDecimal(BigInteger.ONE).divide(new BigDecimal(BigInteger.TWO.pow(1074))));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void squaresAreSummedExactlyWhateverTheirSize(TestDevice device) {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
            int exponents = dtype == DType.FLOAT32 ? 60 : 500;
            Value x = Value.generate(
                    TensorType.of(dtype, 1000),
                    i -> Math.scalb(random.nextGaussian(), random.nextInt(-exponents, exponents)));
            Value sum = device.run(new SquareSum(), emptyAccumulator(), x).getFirst();
            assertEquals(0, exactSum(x).compareTo(value(sum)), dtype.toString());
            for (int i = 0; i < 66; i++) {
                assertTrue(sum.longAt(i) >= 0 && sum.longAt(i) < 1L << 32, "limb " + i);
            }
            Value norm = device.run(new ExactNorm(DType.FLOAT64), sum).getFirst();
            double expected = exactSum(x).sqrt(new MathContext(60)).doubleValue();
            assertEquals(expected, norm.at(0), dtype.toString());
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void theOrderOfSquaresDoesNotMatter(TestDevice device) {
        Value x = Value.normal(TensorType.of(DType.FLOAT32, 5001), random, 100);
        Value backwards = Value.generate(x.type(), i -> x.at(5000 - i));
        Value half = Value.generate(TensorType.of(DType.FLOAT32, 2000), x::at);
        Value rest = Value.generate(TensorType.of(DType.FLOAT32, 3001), i -> x.at(2000 + i));
        Value whole = device.run(new SquareSum(), emptyAccumulator(), x).getFirst();
        assertEquals(
                whole,
                device.run(new SquareSum(), emptyAccumulator(), backwards).getFirst());
        Value first = device.run(new SquareSum(), emptyAccumulator(), half).getFirst();
        assertEquals(whole, device.run(new SquareSum(), first, rest).getFirst());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void nonFiniteSquaresAreCountedAndMakeTheNormNan(TestDevice device) {
        Value x = f32(1, NAN, Double.POSITIVE_INFINITY, 2);
        Value sum = device.run(new SquareSum(), emptyAccumulator(), x).getFirst();
        assertEquals(2, sum.longAt(70));
        assertTrue(Double.isNaN(
                device.run(new ExactNorm(DType.FLOAT32), sum).getFirst().at(0)));
        Value huge = Value.of(TensorType.of(DType.FLOAT64, 1), 1e200);
        assertEquals(
                1,
                device.run(new SquareSum(), emptyAccumulator(), huge).getFirst().longAt(70));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void normsOfTinyAndOfNoSquaresAreExact(TestDevice device) {
        assertEquals(
                0,
                device.run(new ExactNorm(DType.FLOAT64), emptyAccumulator())
                        .getFirst()
                        .at(0));
        Value tiny = Value.of(TensorType.of(DType.FLOAT64, 1), 0x1p-537);
        Value sum = device.run(new SquareSum(), emptyAccumulator(), tiny).getFirst();
        assertEquals(1, sum.longAt(0));
        assertEquals(
                0x1p-537,
                device.run(new ExactNorm(DType.FLOAT64), sum).getFirst().at(0));
        Value threeFour =
                device.run(new SquareSum(), emptyAccumulator(), f32(3, 4)).getFirst();
        assertEquals(
                5,
                device.run(new ExactNorm(DType.FLOAT32), threeFour).getFirst().at(0));
    }

    @Test
    void limbsAddedOverRanksAreAValidSum() {
        Value a =
                reference.run(new SquareSum(), emptyAccumulator(), f32(1e10, 3)).getFirst();
        Value b = reference
                .run(new SquareSum(), emptyAccumulator(), f32(1e-10, 4))
                .getFirst();
        Value added = reference.run(new Accumulate(), a, b).getFirst();
        Value all = Value.of(TensorType.of(DType.FLOAT32, 4), 1e10, 3, 1e-10, 4);
        double expected = exactSum(all).sqrt(new MathContext(60)).doubleValue();
        assertEquals(
                expected,
                reference.run(new ExactNorm(DType.FLOAT64), added).getFirst().at(0));
    }
}
