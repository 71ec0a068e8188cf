package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.fast.Flat;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import java.util.Optional;

/** Cross-entropy of FLOAT32 logits. A target that is neither a class nor ignored makes the loss, or its row, NaN. */
final class FastLosses {
    private FastLosses() {}

    private static boolean fits(Instruction<?> instruction) {
        return instruction.dtype(0) == DType.FLOAT32 && instruction.shape(0).dim(1) > 0;
    }

    static Optional<KernelChoice> forward(Instruction<CrossEntropy> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        long rows = instruction.shape(0).dim(0);
        long classes = instruction.shape(0).dim(1);
        int ignored = instruction.operation().ignored();
        KernelPlan plan = KernelPlan.of(5.0 * rows * classes, instruction.bytes())
                .withWorkspaceBytes(dev.javelin.accelerator.cpu.fast.CrossEntropy.workspaceBytes(rows));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                long bad = dev.javelin.accelerator.cpu.fast.CrossEntropy.forward(
                        workers, rows, classes, in[0], in[1], ignored, out[2], out[0], out[1], workspace);
                if (bad >= 0) {
                    Memory.setFloat(out[0], Float.NaN);
                }
            };
        }));
    }

    static Optional<KernelChoice> gradient(Instruction<CrossEntropyGradient> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        long rows = instruction.shape(0).dim(0);
        long classes = instruction.shape(0).dim(1);
        int ignored = instruction.operation().ignored();
        KernelPlan plan = instruction.plan(5).withMayAlias(new Alias(0, 0));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                dev.javelin.accelerator.cpu.fast.CrossEntropy.backward(
                        workers, rows, classes, in[0], in[1], ignored, in[2], in[3], out[0]);
                spoil(workers, rows, classes, in[1], ignored, out[0]);
            };
        }));
    }

    /** A row at a time, while it is in the cache: the logits come from memory once, and the gradient takes their place. */
    static Optional<KernelChoice> fused(Instruction<FusedCrossEntropy> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        long rows = instruction.shape(0).dim(0);
        long classes = instruction.shape(0).dim(1);
        int ignored = instruction.operation().ignored();
        KernelPlan plan = KernelPlan.of(10.0 * rows * classes, instruction.bytes())
                .withWorkspaceBytes(dev.javelin.accelerator.cpu.fast.CrossEntropy.workspaceBytes(rows))
                .withMayAlias(new Alias(2, 0));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                long bad = dev.javelin.accelerator.cpu.fast.CrossEntropy.both(
                        workers, rows, classes, in[0], in[1], ignored, in[2], out[0], out[1], out[2], workspace);
                if (bad >= 0) {
                    Memory.setFloat(out[0], Float.NaN);
                    spoil(workers, rows, classes, in[1], ignored, out[2]);
                }
            };
        }));
    }

    /** Fills the rows of the gradient whose target is no class with NaN. */
    private static void spoil(Workers workers, long rows, long classes, long targets, int ignored, long gradient) {
        for (long row = 0; row < rows; row++) {
            int target = Memory.getInt(targets + 4 * row);
            if (target != ignored && (target < 0 || target >= classes)) {
                Flat.fill(workers, classes, Float.NaN, gradient + 4 * row * classes);
            }
        }
    }
}
