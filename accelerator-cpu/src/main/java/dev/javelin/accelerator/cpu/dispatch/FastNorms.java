package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.fast.LayerNorm;
import dev.javelin.accelerator.cpu.fast.RmsNorm;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import java.util.Optional;

/** Norms of FLOAT32 with their residuals, row by row. */
final class FastNorms {
    private FastNorms() {}

    /** Of one type, rows not empty and their length fit for an int. */
    private static boolean fits(Instruction<?> instruction) {
        long width = instruction.shape(1).dim(-1);
        return instruction.isAll(DType.FLOAT32)
                && width <= Integer.MAX_VALUE
                && instruction.input(0).elements() > 0;
    }

    static Optional<KernelChoice> forward(Instruction<FusedNorm> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        FusedNorm operation = instruction.operation();
        return Optional.of(operation.residual() ? sum(instruction) : alone(instruction));
    }

    private static KernelChoice alone(Instruction<FusedNorm> instruction) {
        int cols = (int) instruction.shape(0).dim(-1);
        long rows = instruction.input(0).elements() / cols;
        float epsilon = (float) instruction.operation().epsilon();
        boolean centred = instruction.operation().centred();
        return new KernelChoice(instruction.plan(8).withMayAlias(new Alias(0, 0)), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                if (centred) {
                    LayerNorm.forward(workers, rows, cols, epsilon, in[0], in[1], in[2], out[0], out[1], out[2]);
                } else {
                    RmsNorm.forward(workers, rows, cols, epsilon, in[0], in[1], out[0], out[1]);
                }
            };
        });
    }

    private static KernelChoice sum(Instruction<FusedNorm> instruction) {
        int last = instruction.inputs().size() - 1;
        int cols = (int) instruction.shape(0).dim(-1);
        long rows = instruction.input(0).elements() / cols;
        long repeated = instruction.input(last).elements() / cols;
        float epsilon = (float) instruction.operation().epsilon();
        boolean centred = instruction.operation().centred();
        Alias[] overlays = repeated == rows
                ? new Alias[] {new Alias(0, 0), new Alias(1, 0), new Alias(0, last), new Alias(1, last)}
                : new Alias[] {new Alias(0, 0), new Alias(1, 0)};
        return new KernelChoice(instruction.plan(9).withMayAlias(overlays), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                if (centred) {
                    LayerNorm.forwardSum(
                            workers, rows, cols, epsilon, in[0], in[3], repeated, in[1], in[2], out[0], out[1], out[2],
                            out[3]);
                } else {
                    RmsNorm.forwardSum(
                            workers, rows, cols, epsilon, in[0], in[2], repeated, in[1], out[0], out[1], out[2]);
                }
            };
        });
    }

    static Optional<KernelChoice> gradient(Instruction<FusedNormGradient> instruction) {
        FusedNormGradient operation = instruction.operation();
        if (!fits(instruction) || operation.copy().isPresent()) {
            return Optional.empty();
        }
        int cols = (int) instruction.shape(0).dim(-1);
        long rows = instruction.input(0).elements() / cols;
        int last = instruction.inputs().size() - 1;
        KernelPlan plan = instruction
                .plan(operation.centred() ? 15 : 12)
                .withWorkspaceBytes(
                        operation.centred()
                                ? LayerNorm.backwardWorkspaceBytes(rows, cols)
                                : RmsNorm.backwardWorkspaceBytes(rows, cols));
        plan = operation.residual()
                ? plan.withMayAlias(new Alias(0, 0), new Alias(0, last))
                : plan.withMayAlias(new Alias(0, 0));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                long residual = operation.residual() ? in[last] : 0;
                if (operation.centred()) {
                    LayerNorm.backward(
                            workers, rows, cols, in[0], in[1], in[2], in[3], in[4], residual, out[0], out[1], out[2],
                            false, workspace);
                } else {
                    RmsNorm.backward(
                            workers, rows, cols, in[0], in[1], in[2], in[3], residual, out[0], out[1], workspace);
                }
            };
        }));
    }
}
