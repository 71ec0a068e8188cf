package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.Shape;
import dev.javelin.api.operation.Reduce;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/**
 * Sum and maximum over dims: for each output element the inputs in row-major order, in double. An empty sum is 0, an
 * empty maximum is minus infinity; a NaN makes either NaN.
 */
final class Reductions {
    private Reductions() {}

    static KernelChoice reduce(Instruction<Reduce> instruction) {
        boolean sum = instruction.operation().kind() == Reduce.Kind.SUM;
        DoubleBinaryOperator combine = sum ? Double::sum : Math::max;
        double start = sum ? 0 : Double.NEGATIVE_INFINITY;
        Elements elements = Elements.of(instruction.dtype(0));
        Walk kept = walk(instruction, false);
        Walk reduced = walk(instruction, true);
        double flops = instruction.input(0).elements();
        return KernelChoice.of(
                KernelPlan.of(flops, instruction.bytes()),
                (queue, inputs, outputs, workspace) -> kept.forEach((index, length, starts, steps) -> {
                    for (long i = 0; i < length; i++) {
                        long base = starts[0] + i * steps[0];
                        double result = fold(reduced, elements, inputs[0], base, start, combine);
                        elements.set(outputs[0], index + i, result);
                    }
                }));
    }

    private static double fold(
            Walk walk, Elements elements, long input, long base, double start, DoubleBinaryOperator combine) {
        double[] result = {start};
        walk.forEach((index, length, starts, steps) -> {
            double value = result[0];
            for (long i = 0; i < length; i++) {
                value = combine.applyAsDouble(value, elements.get(input, base + starts[0] + i * steps[0]));
            }
            result[0] = value;
        });
        return result[0];
    }

    /** A walk over the reduced dims of the input, or over the kept ones. */
    private static Walk walk(Instruction<Reduce> instruction, boolean overReduced) {
        Shape shape = instruction.shape(0);
        long[] strides = shape.strides();
        List<Integer> dims = new ArrayList<>();
        for (int dim = 0; dim < shape.rank(); dim++) {
            if (instruction.operation().dims().contains(dim) == overReduced) {
                dims.add(dim);
            }
        }
        Shape walked = Shape.of(dims.stream().mapToLong(shape::dim).toArray());
        return Walk.strided(walked, dims.stream().mapToLong(dim -> strides[dim]).toArray());
    }
}
