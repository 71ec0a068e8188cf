package dev.javelin.accelerator.cpu.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.Case;
import dev.javelin.accelerator.cpu.FusedCases;
import dev.javelin.accelerator.cpu.PrimitiveCases;
import dev.javelin.accelerator.cpu.TestDevice;
import dev.javelin.accelerator.cpu.Tolerance;
import dev.javelin.accelerator.cpu.Value;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Arithmetic on numbers of 16 bits: what 64-bit arithmetic gives on the same numbers, rounded once. */
class HalfArithmeticTest {
    private static final long SEED = 20261128;

    private static TestDevice reference;
    private static TestDevice fast;

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

    static Stream<Case> cases() {
        return Stream.of(DType.BFLOAT16, DType.FLOAT16)
                .flatMap(half -> Stream.concat(
                        Stream.concat(
                                PrimitiveCases.of(new SplittableRandom(SEED), half),
                                FusedCases.of(new SplittableRandom(SEED), reference, half)),
                        mixed(half, new SplittableRandom(SEED)).stream()))
                .filter(c -> c.inputs().stream().mapToInt(Value::count).sum() < 20_000)
                .filter(c -> !(c.operation() instanceof EmbeddingGradient)
                        && !(c.operation() instanceof Fill)
                        && !(c.operation() instanceof RandomUniform));
    }

    /** The combinations of 16 bits and FLOAT32 that the rules of types name. */
    private static List<Case> mixed(DType half, SplittableRandom random) {
        List<Case> cases = new ArrayList<>();
        TensorType type = TensorType.of(half, 5, 12);
        TensorType row = TensorType.of(DType.FLOAT32, 12);
        Value x = Value.normal(type, random, 2);
        Value dy = Value.normal(type, random, 1);
        Value scale = Value.normal(row, random, 1);
        Value shift = Value.normal(row, random, 1);
        List<Value> normed = reference.run(new LayerNorm(1e-5), x, scale, shift);
        Value inverse = reference.run(new RmsNorm(1e-5), x, scale).get(1);
        cases.add(of(new LayerNorm(1e-5), x, scale, shift));
        cases.add(of(new LayerNormGradient(), dy, x, scale, normed.get(1), normed.get(2)));
        cases.add(of(new RmsNorm(1e-5), x, scale));
        cases.add(of(new RmsNormGradient(), dy, x, scale, inverse));
        cases.add(of(new Rotary(3, 2, false), x, Value.normal(TensorType.of(DType.FLOAT32, 5, 4), random, 1)));
        FusedMatMul product = new FusedMatMul(false, true, false, false, false, false);
        Value a = Value.normal(TensorType.of(half, 4, 12), random, 1);
        Value sum = Value.normal(TensorType.of(DType.FLOAT32, 5, 4), random, 1);
        Value bias = Value.normal(TensorType.of(half, 4), random, 1);
        cases.add(of(product.withBias().withResidual(), x, a, bias, sum));
        cases.add(of(product.withAccumulate(), x, a, sum));
        for (int choice = 0; choice < 8; choice++) {
            for (boolean weights : new boolean[] {false, true}) {
                if (!weights || (choice & 1) != 0) {
                    cases.add(adamW(half, random, choice, weights));
                }
            }
        }
        return cases;
    }

    private static Case adamW(DType half, SplittableRandom random, int choice, boolean weights) {
        TensorType param = TensorType.of((choice & 1) != 0 ? DType.FLOAT32 : half, 3, 5);
        TensorType gradient = param.withDType((choice & 2) != 0 ? DType.FLOAT32 : half);
        TensorType slots = param.withDType((choice & 4) != 0 ? DType.FLOAT32 : half);
        TensorType scalar = TensorType.of(DType.FLOAT32);
        List<Value> step = new ArrayList<>(List.of(
                Value.normal(param, random, 1),
                Value.normal(gradient, random, 1),
                Value.normal(slots, random, 0.1),
                Value.generate(slots, i -> random.nextDouble()),
                Value.of(scalar, 1e-2),
                Value.of(scalar, 0.271),
                Value.of(scalar, 0.1426),
                Value.of(scalar, 0.5),
                Value.of(TensorType.of(DType.INT32), random.nextInt(2))));
        if (weights) {
            step.add(Value.normal(param.withDType(half), random, 1));
        }
        return new Case(new AdamW(0.9, 0.95, 1e-8, 0.1), step, Tolerance.SUMS);
    }

    private static Case of(Operation operation, Value... inputs) {
        return new Case(operation, List.of(inputs), Tolerance.SUMS);
    }

    private static Value inDouble(Value value) {
        return value.type().dtype().floating()
                ? Value.generate(value.type().withDType(DType.FLOAT64), value::at)
                : value;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void resultsAreThoseOfDoublesRoundedOnce(Case c) {
        List<Value> actual = reference.run(c.operation(), c.arguments());
        Value[] doubles = c.inputs().stream()
                .limit(c.operation() instanceof AdamW ? 9 : c.inputs().size())
                .map(HalfArithmeticTest::inDouble)
                .toArray(Value[]::new);
        List<Value> expected = reference.run(c.operation(), doubles);
        for (int o = 0; o < expected.size(); o++) {
            for (int i = 0; i < expected.get(o).count(); i++) {
                requireClose(c, o, i, expected.get(o).at(i), actual.get(o));
            }
        }
        if (actual.size() > expected.size()) {
            boolean written = c.inputs().get(8).at(0) != 0;
            Value weights = actual.getLast();
            Value rounded = reference
                    .run(new Cast(weights.type().dtype()), actual.getFirst())
                    .getFirst();
            assertEquals(written ? rounded : c.inputs().getLast(), weights, "the weights");
        }
    }

    /** Half a unit in the last place, a little for FLOAT32 inside, and for epilogues that round in between. */
    private static void requireClose(Case c, int output, int i, double expected, Value actual) {
        double unit = switch (actual.type().dtype()) {
            case BFLOAT16 -> 0x1p-8;
            case FLOAT16 -> 0x1p-11;
            case FLOAT32 -> 3e-6;
            default -> 0;
        };
        boolean chained = c.operation() instanceof FusedMatMul || c.operation() instanceof Accumulate;
        double size = chained ? 4 * (1 + Math.abs(expected)) : Math.abs(expected) * 1.001;
        double found = actual.at(i);
        boolean close = Double.compare(found, expected) == 0
                || found == expected
                || overflows(expected, actual.type().dtype()) && found == Math.signum(expected) / 0
                || Math.abs(found - expected)
                        <= unit * size + (actual.type().dtype() == DType.FLOAT16 ? 0x1p-24 : 1e-7);
        assertTrue(close, () -> c + ", output " + output + ", element " + i + ": " + found + ", expected " + expected);
    }

    /** From the middle between the largest number and the next on. */
    private static boolean overflows(double value, DType dtype) {
        return dtype == DType.FLOAT16 && Math.abs(value) >= 65520;
    }

    /** They would be scalar loops: the engine converts and takes the fast kernels of FLOAT32. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void theFastDeviceLeavesArithmeticOfHalvesToTheEngine(DType half) {
        List<Operation> left = PrimitiveCases.of(new SplittableRandom(SEED), half)
                .filter(c -> fast.plans(c.operation(), c.inputs()))
                .map(Case::operation)
                .toList();
        assertFalse(
                left.stream()
                        .anyMatch(op -> op.name().equals("matmul") || op.name().equals("add")),
                left::toString);
        assertTrue(left.stream().anyMatch(op -> op instanceof Cast));
        assertTrue(left.stream().anyMatch(op -> op.name().equals("slice")));
    }

    /** The same update with the weights beside it, by the fast kernel. */
    @Test
    void aFastUpdateWritesTheWeightsThatProductsRead() {
        for (DType half : List.of(DType.BFLOAT16, DType.FLOAT16)) {
            for (int seed = 0; seed < 4; seed++) {
                Case c = adamW(half, new SplittableRandom(seed), 7, true);
                List<Value> expected = reference.run(c.operation(), c.arguments());
                List<Value> actual = fast.run(c.operation(), c.arguments());
                for (int o = 0; o < 3; o++) {
                    Tolerance.SUMS.check("output " + o, expected.get(o), actual.get(o));
                }
                boolean written = c.inputs().get(8).at(0) != 0;
                assertEquals(
                        written
                                ? fast.run(new Cast(half), actual.getFirst()).getFirst()
                                : c.inputs().get(9),
                        actual.get(3));
            }
        }
    }
}
