package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;

/**
 * Cross-entropy of logits [N, V] against targets [N]. A target outside 0 to V−1 that is not the ignored one makes the loss
 * NaN, and its row of the gradient, so that the check for non-finite numbers names this instruction.
 */
final class CrossEntropies {
    private CrossEntropies() {}

    /** Rows of logits beside their targets, and how their elements are read. */
    private record Scored(Elements elements, Elements sums, long rows, long width, int ignored) {
        static Scored of(TensorType logits, int ignored) {
            Elements sums = Elements.of(logits.dtype().wide());
            return new Scored(
                    Elements.of(logits.dtype()),
                    sums,
                    logits.shape().dim(0),
                    logits.shape().dim(1),
                    ignored);
        }

        /** The sum of the losses and the number of rows, and the logarithm of each row's sum of exponentials. */
        void forward(long logits, long targets, long lossSum, long weight, long rowSums) {
            double loss = 0;
            long counted = 0;
            for (long row = 0; row < rows; row++) {
                long at = row * width;
                double max = Rows.max(elements, logits, at, width);
                double sum = Rows.sumOfExponentials(elements, logits, at, width, max);
                double logSum = StrictMath.log(sum) + max;
                sums.set(rowSums, row, logSum);
                int target = Memory.getInt(targets + row * 4);
                if (target != ignored) {
                    boolean inside = target >= 0 && target < width;
                    loss += inside ? logSum - elements.get(logits, at + target) : Double.NaN;
                    counted++;
                }
            }
            sums.set(lossSum, 0, loss);
            sums.set(weight, 0, counted);
        }

        void gradient(long logits, long targets, long rowSums, long gradient, long out) {
            double scale = sums.get(gradient, 0);
            for (long row = 0; row < rows; row++) {
                int target = Memory.getInt(targets + row * 4);
                boolean inside = target >= 0 && target < width;
                double logSum = inside ? sums.get(rowSums, row) : Double.NaN;
                for (long c = 0; c < width; c++) {
                    long i = row * width + c;
                    double p = StrictMath.exp(elements.get(logits, i) - logSum);
                    double value = (c == target ? p - 1 : p) * scale;
                    elements.set(out, i, target == ignored ? 0 : value);
                }
            }
        }
    }

    static KernelChoice forward(Instruction<CrossEntropy> instruction) {
        Scored scored = Scored.of(instruction.input(0), instruction.operation().ignored());
        KernelPlan plan = KernelPlan.of(5.0 * instruction.input(0).elements(), instruction.bytes());
        return KernelChoice.of(
                plan,
                (queue, inputs, outputs, workspace) ->
                        scored.forward(inputs[0], inputs[1], outputs[0], outputs[1], outputs[2]));
    }

    static KernelChoice gradient(Instruction<CrossEntropyGradient> instruction) {
        Scored scored = Scored.of(instruction.input(0), instruction.operation().ignored());
        return KernelChoice.of(
                instruction.plan(5).withMayAlias(new Alias(0, 0)),
                (queue, inputs, outputs, workspace) ->
                        scored.gradient(inputs[0], inputs[1], inputs[2], inputs[3], outputs[0]));
    }

    /** One after the other, with the row sums in the workspace: what a kernel for both must give. */
    static KernelChoice fused(Instruction<FusedCrossEntropy> instruction) {
        TensorType logits = instruction.input(0);
        Scored scored = Scored.of(logits, instruction.operation().ignored());
        long rowSums = scored.rows() * logits.dtype().wide().bytes();
        KernelPlan plan = KernelPlan.of(10.0 * logits.elements(), instruction.bytes() + logits.bytes() + 2.0 * rowSums)
                .withWorkspaceBytes(rowSums)
                .withMayAlias(new Alias(2, 0));
        return KernelChoice.of(plan, (queue, inputs, outputs, workspace) -> {
            scored.forward(inputs[0], inputs[1], outputs[0], outputs[1], workspace);
            scored.gradient(inputs[0], inputs[1], workspace, inputs[2], outputs[2]);
        });
    }
}
