package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.kernel.Instruction;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Functions of one, two or three variables, element by element. */
final class Elementwise {
    private Elementwise() {}

    static KernelChoice unary(Instruction<Unary> instruction) {
        DoubleUnaryOperator function = switch (instruction.operation().kind()) {
            case EXP -> StrictMath::exp;
            case LOG -> StrictMath::log;
            case SQRT -> StrictMath::sqrt;
            case RSQRT -> x -> 1 / StrictMath.sqrt(x);
            case RECIPROCAL -> x -> 1 / x;
            case TANH -> StrictMath::tanh;
            case SIGMOID -> x -> 1 / (1 + StrictMath.exp(-x));
            case RELU -> x -> Math.max(x, 0.0);
            case SQUARE -> x -> x * x;
            case ABS -> StrictMath::abs;
            case SIN -> StrictMath::sin;
            case COS -> StrictMath::cos;
            case ERF -> ErrorFunction::erf;
        };
        return map(instruction, function, 4);
    }

    static KernelChoice affine(Instruction<Affine> instruction) {
        Elements wide = Elements.of(instruction.dtype(0).wide());
        double scale = wide.round(instruction.operation().scale());
        double shift = wide.round(instruction.operation().shift());
        return map(instruction, x -> wide.round(scale * x) + shift, 2);
    }

    static KernelChoice gelu(Instruction<Gelu> instruction) {
        return map(instruction, Elementwise::gelu, 15);
    }

    static double gelu(double x) {
        return 0.5 * x * (1 + StrictMath.tanh(Gelu.K * (x + Gelu.CUBIC * x * x * x)));
    }

    static KernelChoice geluGradient(Instruction<GeluGradient> instruction) {
        return zip(instruction, (x, dy) -> dy * geluSlope(x), 25);
    }

    private static double geluSlope(double x) {
        double t = StrictMath.tanh(Gelu.K * (x + Gelu.CUBIC * x * x * x));
        double inner = Gelu.K * (1 + 3 * Gelu.CUBIC * x * x);
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
    }

    static KernelChoice exactGelu(Instruction<ExactGelu> instruction) {
        return map(instruction, x -> x * distribution(x), 20);
    }

    static KernelChoice exactGeluGradient(Instruction<ExactGeluGradient> instruction) {
        return zip(
                instruction,
                (x, dy) -> dy * (distribution(x) + x * StrictMath.exp(-x * x / 2) / StrictMath.sqrt(2 * Math.PI)),
                25);
    }

    /** The standard normal distribution, without cancellation at its lower end. */
    private static double distribution(double x) {
        return 0.5 * ErrorFunction.erfc(-x * StrictMath.sqrt(0.5));
    }

    static KernelChoice silu(Instruction<Silu> instruction) {
        return map(instruction, Gates::silu, 5);
    }

    static KernelChoice siluGradient(Instruction<SiluGradient> instruction) {
        return zip(instruction, (x, dy) -> dy * Gates.siluSlope(x), 8);
    }

    static KernelChoice binary(Instruction<Binary> instruction) {
        DoubleBinaryOperator function = switch (instruction.operation().kind()) {
            case ADD -> Double::sum;
            case SUBTRACT -> (a, b) -> a - b;
            case MULTIPLY -> (a, b) -> a * b;
            case DIVIDE -> (a, b) -> a / b;
            case MAXIMUM -> Math::max;
            case MINIMUM -> Math::min;
        };
        return zip(instruction, function, 1);
    }

    /** y[i] = function(x[i]). */
    private static KernelChoice map(Instruction<?> instruction, DoubleUnaryOperator function, double flops) {
        Elements elements = Elements.of(instruction.dtype(0));
        long count = instruction.output(0).elements();
        return KernelChoice.of(instruction.inPlacePlan(flops), (queue, inputs, outputs, workspace) -> {
            long x = inputs[0];
            long y = outputs[0];
            for (long i = 0; i < count; i++) {
                elements.set(y, i, function.applyAsDouble(elements.get(x, i)));
            }
        });
    }

    /** y[i] = function(a[i], b[i]), with broadcasting. */
    private static KernelChoice zip(Instruction<?> instruction, DoubleBinaryOperator function, double flops) {
        Elements elements = Elements.of(instruction.dtype(0));
        Walk walk = Walk.broadcasting(instruction.output(0).shape(), instruction.shape(0), instruction.shape(1));
        return KernelChoice.of(
                instruction.inPlacePlan(flops),
                (queue, inputs, outputs, workspace) -> walk.forEach((index, length, starts, steps) -> {
                    for (long i = 0; i < length; i++) {
                        double a = elements.get(inputs[0], starts[0] + i * steps[0]);
                        double b = elements.get(inputs[1], starts[1] + i * steps[1]);
                        elements.set(outputs[0], index + i, function.applyAsDouble(a, b));
                    }
                }));
    }

    /** Integers are compared as integers, so that large INT64 values stay apart. */
    static KernelChoice compare(Instruction<Compare> instruction) {
        boolean less = instruction.operation().kind() == Compare.Kind.LESS;
        boolean floating = instruction.dtype(0).floating();
        Elements elements = Elements.of(instruction.dtype(0));
        Walk walk = Walk.broadcasting(instruction.output(0).shape(), instruction.shape(0), instruction.shape(1));
        return KernelChoice.of(
                instruction.inPlacePlan(1),
                (queue, inputs, outputs, workspace) -> walk.forEach((index, length, starts, steps) -> {
                    for (long i = 0; i < length; i++) {
                        long a = starts[0] + i * steps[0];
                        long b = starts[1] + i * steps[1];
                        boolean holds = floating
                                ? holds(less, elements.get(inputs[0], a), elements.get(inputs[1], b))
                                : holds(less, elements.getLong(inputs[0], a), elements.getLong(inputs[1], b));
                        Memory.setByte(outputs[0] + index + i, (byte) (holds ? 1 : 0));
                    }
                }));
    }

    private static boolean holds(boolean less, double a, double b) {
        return less ? a < b : a == b;
    }

    private static boolean holds(boolean less, long a, long b) {
        return less ? a < b : a == b;
    }

    static KernelChoice select(Instruction<Select> instruction) {
        Shape shape = instruction.output(0).shape();
        Bytes bytes = Bytes.of(instruction.output(0).dtype());
        Walk walk = Walk.broadcasting(shape, instruction.shape(0), instruction.shape(1), instruction.shape(2));
        return KernelChoice.of(
                instruction.inPlacePlan(1),
                (queue, inputs, outputs, workspace) -> walk.forEach((index, length, starts, steps) -> {
                    for (long i = 0; i < length; i++) {
                        boolean yes = Memory.getByte(inputs[0] + starts[0] + i * steps[0]) != 0;
                        int chosen = yes ? 1 : 2;
                        bytes.copy(inputs[chosen], starts[chosen] + i * steps[chosen], outputs[0], index + i);
                    }
                }));
    }

    /**
     * Floating to integer truncates and saturates, NaN becomes 0; integer to integer keeps the low bits; to BOOL asks
     * whether the value differs from 0; between floating types rounds to nearest even.
     */
    static KernelChoice cast(Instruction<Cast> instruction) {
        DType from = instruction.dtype(0);
        DType to = instruction.output(0).dtype();
        Elements source = Elements.of(from);
        Elements target = Elements.of(to);
        boolean integers = !from.floating();
        long count = instruction.output(0).elements();
        return KernelChoice.of(instruction.inPlacePlan(1), (queue, inputs, outputs, workspace) -> {
            for (long i = 0; i < count; i++) {
                if (integers) {
                    target.setLong(outputs[0], i, source.getLong(inputs[0], i));
                } else {
                    target.set(outputs[0], i, source.get(inputs[0], i));
                }
            }
        });
    }
}
