package dev.javelin.accelerator.cpu.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.accelerator.cpu.TestDevice;
import dev.javelin.accelerator.cpu.Value;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Unary;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Numbers of 16 bits: every conversion, against the two neighbours by exact arithmetic. */
class HalvesTest {
    private static final long SEED = 20260503;

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

    private static Value everyHalf(DType half) {
        byte[] bytes = new byte[2 << 16];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        for (int bits = 0; bits < 1 << 16; bits++) {
            buffer.putShort((short) bits);
        }
        return Value.ofBytes(TensorType.of(half, 1 << 16), bytes);
    }

    /** Random bits, and every boundary between two halves with its neighbours. */
    private static Value floats(DType half) {
        SplittableRandom random = new SplittableRandom(SEED);
        Value halves = everyHalf(half);
        float[] values = new float[4 << 16];
        for (int i = 0; i < 1 << 16; i++) {
            float low = (float) halves.at(i);
            float high = (float) halves.at(Math.min(i + 1, 65535));
            float middle = Float.isFinite(high) ? low + (high - low) / 2 : Math.nextUp(low);
            values[4 * i] = middle;
            values[4 * i + 1] = Math.nextUp(middle);
            values[4 * i + 2] = Math.nextDown(middle);
            values[4 * i + 3] = Float.intBitsToFloat(random.nextInt());
        }
        return Value.generate(TensorType.of(DType.FLOAT32, values.length), i -> values[i]);
    }

    private static Value run(TestDevice device, Operation operation, Value... inputs) {
        return device.run(operation, inputs).getFirst();
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void wideningIsExactAndNarrowingBackGivesTheSameBits(DType half) {
        Value all = everyHalf(half);
        for (TestDevice device : List.of(reference, fast)) {
            Value wide = run(device, new Cast(DType.FLOAT32), all);
            Value back = run(device, new Cast(half), wide);
            for (int i = 0; i < all.count(); i++) {
                assertEquals(all.at(i), wide.at(i), "bits " + i);
                assertEquals(all.at(i), back.at(i), "bits " + i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void narrowingTakesTheNearestAndOfTwoTheEvenOne(DType half) {
        Value x = floats(half);
        Value expected = run(reference, new Cast(half), x);
        assertEquals(expected, run(fast, new Cast(half), x));
        SplittableRandom random = new SplittableRandom(SEED);
        for (int n = 0; n < 20_000; n++) {
            requireNearest(half, x, expected, random.nextInt(x.count()));
        }
    }

    /** The reference rounds doubles once: a double beside a boundary of two halves does not become the boundary first. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void doublesAreRoundedOnce(DType half) {
        double ulp = half == DType.FLOAT16 ? 0x1p-10 : 0x1p-7;
        Value x = Value.of(
                TensorType.of(DType.FLOAT64, 6),
                1 + ulp / 2,
                Math.nextUp(1 + ulp / 2),
                -Math.nextUp(1 + ulp / 2),
                Math.nextDown(1 + 1.5 * ulp),
                1e-300,
                Double.MAX_VALUE);
        Value y = run(reference, new Cast(half), x);
        double[] expected = {1, 1 + ulp, -1 - ulp, 1 + ulp, 0, Double.POSITIVE_INFINITY};
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], y.at(i), "of " + x.at(i));
        }
    }

    private static void requireNearest(DType half, Value x, Value y, int i) {
        double from = x.at(i);
        double to = y.at(i);
        if (Double.isNaN(from) || !Double.isFinite(to)) {
            assertEquals(Double.isNaN(from), Double.isNaN(to), "of " + from);
            return;
        }
        BigDecimal error = new BigDecimal(from).subtract(new BigDecimal(to)).abs();
        int bits = bits(half, to);
        for (int neighbour : new int[] {bits - 1, bits + 1}) {
            double other = value(half, neighbour);
            if (Double.isFinite(other) && (neighbour & 0x7fff) != 0x7fff) {
                int better = new BigDecimal(from)
                        .subtract(new BigDecimal(other))
                        .abs()
                        .compareTo(error);
                assertFalse(better < 0, from + " became " + to + ", nearer is " + other);
                assertFalse(better == 0 && (bits & 1) == 1, from + " became the odd " + to);
            }
        }
    }

    private static int bits(DType half, double value) {
        return (half == DType.FLOAT16
                        ? Float.floatToFloat16((float) value)
                        : Float.floatToRawIntBits((float) value) >>> 16)
                & 0xffff;
    }

    private static double value(DType half, int bits) {
        return half == DType.FLOAT16 ? Float.float16ToFloat((short) bits) : Float.intBitsToFloat(bits << 16);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void halvesAreMovedAndByTheReferenceScaledAndAdded(DType half) {
        Value x = Value.of(TensorType.of(half, 2, 3), 1, -2, 0.5, 1024, 0, -3);
        for (TestDevice device : List.of(reference, fast)) {
            assertEquals(Value.of(TensorType.of(half, 8), 1, -2, 0.5, 1024, 0, -3, 0, 0), run(device, new Pack(8), x));
            assertEquals(
                    Value.of(TensorType.of(half, 3, 2), 1, 1024, -2, 0, 0.5, -3),
                    run(device, new Permute(List.of(1, 0)), x));
            assertEquals(
                    Value.of(TensorType.of(half, 4, 3), 1, -2, 0.5, 1024, 0, -3, 1, -2, 0.5, 1024, 0, -3),
                    run(device, new Concat(0), x, x));
            assertEquals(
                    Value.of(TensorType.of(half, 2), 1.25, 1.25), run(device, new Fill(TensorType.of(half, 2), 1.25)));
            if (device == fast) {
                continue; // arithmetic is left to the engine, which converts
            }
            assertEquals(
                    Value.of(TensorType.of(half, 2, 3), 1.5, -1.5, 1, 1024, 0.5, -2.5),
                    run(device, new Binary(Binary.Kind.ADD), x, Value.of(TensorType.of(half), 0.5)),
                    "1024.5 lies between two, the even one is taken");
            assertEquals(
                    Value.of(TensorType.of(half, 2, 3), 0.25, -0.5, 0.125, 256, 0, -0.75),
                    run(device, new Affine(0.25, 0), x));
        }
    }

    @Test
    void noOtherKernelClaimsToTakeThem() {
        Value x = Value.of(TensorType.of(DType.BFLOAT16, 1), 1);
        assertFalse(fast.plans(new Unary(Unary.Kind.EXP), List.of(x)));
    }
}
