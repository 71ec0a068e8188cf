package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.spi.kernel.Instruction;
import java.math.BigInteger;

/**
 * Sums of squares without rounding, in the layout of {@link SquareSum}. A square m · 2^(s − 1074) is added as up to
 * three 32-bit pieces of m shifted to bit s.
 */
final class ExactSquares {
    private static final int LIMBS = 67;
    private static final int NON_FINITE = 70;
    private static final long LOW_32 = 0xFFFFFFFFL;
    /** Additions of less than 2³² each that a limb below 2³² takes without overflow. */
    private static final long BEFORE_CARRY = 1L << 30;

    private ExactSquares() {}

    static KernelChoice add(Instruction<SquareSum> instruction) {
        Elements elements = Elements.of(instruction.dtype(1));
        long count = instruction.input(1).elements();
        return KernelChoice.of(instruction.plan(0), (queue, inputs, outputs, workspace) -> {
            long limbs = outputs[0];
            for (long i = 0; i < count; i++) {
                double x = elements.get(inputs[1], i);
                addSquare(limbs, x * x);
                if (i % BEFORE_CARRY == BEFORE_CARRY - 1) {
                    carry(limbs);
                }
            }
            carry(limbs);
        });
    }

    private static void addSquare(long limbs, double square) {
        if (!Double.isFinite(square)) {
            plus(limbs, NON_FINITE, 1);
            return;
        }
        long bits = Double.doubleToRawLongBits(square);
        int exponent = (int) (bits >>> 52);
        long fraction = bits & (1L << 52) - 1;
        long mantissa = exponent == 0 ? fraction : fraction | 1L << 52;
        int shift = Math.max(exponent, 1) - 1; // the value is mantissa · 2^(shift − 1074)
        int limb = shift / 32;
        int within = shift % 32;
        long low = mantissa << within; // bits 0 to 63 of the shifted mantissa
        long high = within == 0 ? 0 : mantissa >>> 64 - within; // bits 64 to 84
        plus(limbs, limb, low & LOW_32);
        plus(limbs, limb + 1, low >>> 32);
        if (high != 0) {
            plus(limbs, limb + 2, high);
        }
    }

    private static void plus(long limbs, int limb, long amount) {
        long address = limbs + limb * 8L;
        Memory.setLong(address, Memory.getLong(address) + amount);
    }

    /** Brings every limb but the last into 0 to 2³² − 1. */
    private static void carry(long limbs) {
        long carry = 0;
        for (int i = 0; i < LIMBS - 1; i++) {
            long value = Memory.getLong(limbs + i * 8L) + carry;
            Memory.setLong(limbs + i * 8L, value & LOW_32);
            carry = value >> 32;
        }
        plus(limbs, LIMBS - 1, carry);
    }

    /** The root, rounded to nearest even as FLOAT64, then to the type. */
    static KernelChoice norm(Instruction<ExactNorm> instruction) {
        Elements elements = Elements.of(instruction.output(0).dtype());
        return KernelChoice.of(instruction.plan(200), (queue, inputs, outputs, workspace) -> {
            boolean finite = Memory.getLong(inputs[0] + NON_FINITE * 8L) == 0;
            elements.set(outputs[0], 0, finite ? root(total(inputs[0])) : Double.NaN);
        });
    }

    /** The sum in units of 2^-1074. */
    private static BigInteger total(long limbs) {
        BigInteger total = BigInteger.ZERO;
        for (int i = LIMBS - 1; i >= 0; i--) {
            total = total.shiftLeft(32).add(BigInteger.valueOf(Memory.getLong(limbs + i * 8L)));
        }
        return total;
    }

    /** √(total · 2^-1074): the integer root with 2⁶⁴ more precision than kept, its last bit set if it was inexact. */
    private static double root(BigInteger total) {
        BigInteger[] rootAndRest = total.shiftLeft(256).sqrtAndRemainder();
        BigInteger root = rootAndRest[0].shiftLeft(1);
        if (rootAndRest[1].signum() != 0) {
            root = root.setBit(0);
        }
        // root = √total · 2^129, and √(2^-1074) = 2^-537
        int excess = Math.max(0, root.bitLength() - 1000);
        boolean sticky = excess > 0 && root.getLowestSetBit() < excess;
        BigInteger kept = root.shiftRight(excess);
        return StrictMath.scalb((sticky ? kept.setBit(0) : kept).doubleValue(), excess - 129 - 537);
    }
}
