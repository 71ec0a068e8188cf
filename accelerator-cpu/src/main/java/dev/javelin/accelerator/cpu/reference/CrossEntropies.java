package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;

/**
 * Cross-entropy of logits [N, V] against targets [N]. A target outside 0 to V−1 that is not the ignored one makes the loss
 * NaN, and its row of the gradient, so that the check for non-finite numbers names this instruction.
 */
final class CrossEntropies {
    private CrossEntropies() {}

    static KernelChoice forward(Instruction<CrossEntropy> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        Elements sums = Elements.of(instruction.output(0).dtype());
        long rows = instruction.shape(0).dim(0);
        long width = instruction.shape(0).dim(1);
        int ignored = instruction.operation().ignored();
        double flops = 5.0 * rows * width;
        return KernelChoice.of(KernelPlan.of(flops, instruction.bytes()), (queue, inputs, outputs, workspace) -> {
            double loss = 0;
            long counted = 0;
            for (long row = 0; row < rows; row++) {
                long at = row * width;
                double max = Rows.max(elements, inputs[0], at, width);
                double sum = Rows.sumOfExponentials(elements, inputs[0], at, width, max);
                double logSum = StrictMath.log(sum) + max;
                sums.set(outputs[2], row, logSum);
                int target = Memory.getInt(inputs[1] + row * 4);
                if (target != ignored) {
                    boolean inside = target >= 0 && target < width;
                    loss += inside ? logSum - elements.get(inputs[0], at + target) : Double.NaN;
                    counted++;
                }
            }
            sums.set(outputs[0], 0, loss);
            sums.set(outputs[1], 0, counted);
        });
    }

    static KernelChoice gradient(Instruction<CrossEntropyGradient> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        Elements sums = Elements.of(instruction.dtype(2));
        long rows = instruction.shape(0).dim(0);
        long width = instruction.shape(0).dim(1);
        int ignored = instruction.operation().ignored();
        KernelPlan plan = instruction.plan(5).withMayAlias(new Alias(0, 0));
        return KernelChoice.of(plan, (queue, inputs, outputs, workspace) -> {
            double scale = sums.get(inputs[3], 0);
            for (long row = 0; row < rows; row++) {
                int target = Memory.getInt(inputs[1] + row * 4);
                boolean inside = target >= 0 && target < width;
                double logSum = inside ? sums.get(inputs[2], row) : Double.NaN;
                for (long c = 0; c < width; c++) {
                    long i = row * width + c;
                    double p = StrictMath.exp(elements.get(inputs[0], i) - logSum);
                    double value = (c == target ? p - 1 : p) * scale;
                    elements.set(outputs[0], i, target == ignored ? 0 : value);
                }
            }
        });
    }
}
