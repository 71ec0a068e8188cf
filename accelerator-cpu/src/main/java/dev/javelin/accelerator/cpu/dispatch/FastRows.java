package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.RotaryShape;
import java.util.Optional;

/** Softmax, norms and rotary positions of FLOAT32, row by row. */
final class FastRows {
    private FastRows() {}

    /** Rows are not empty and their length fits an int. */
    private static boolean fits(Instruction<?> instruction) {
        long width = instruction.shape(0).dim(-1);
        return instruction.isAll(DType.FLOAT32) && width > 0 && width <= Integer.MAX_VALUE;
    }

    private static long rows(Shape shape) {
        return shape.elements(0, shape.rank() - 1);
    }

    static Optional<KernelChoice> softmax(Instruction<Softmax> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        long rows = rows(instruction.shape(0));
        long cols = instruction.shape(0).dim(-1);
        return Optional.of(new KernelChoice(instruction.inPlacePlan(8), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.Softmax.forward(workers, rows, cols, in[0], out[0]);
        }));
    }

    static Optional<KernelChoice> softmaxGradient(Instruction<SoftmaxGradient> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        long rows = rows(instruction.shape(0));
        long cols = instruction.shape(0).dim(-1);
        return Optional.of(new KernelChoice(instruction.inPlacePlan(4), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.Softmax.backward(workers, rows, cols, in[1], in[0], out[0]);
        }));
    }

    static Optional<KernelChoice> layerNorm(Instruction<LayerNorm> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        long rows = rows(instruction.shape(0));
        int cols = (int) instruction.shape(0).dim(-1);
        float epsilon = (float) instruction.operation().epsilon();
        KernelPlan plan = instruction.plan(8).withMayAlias(new Alias(0, 0));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> dev.javelin.accelerator.cpu.fast.LayerNorm.forward(
                    workers, rows, cols, epsilon, in[0], in[1], in[2], out[0], out[1], out[2]);
        }));
    }

    static Optional<KernelChoice> layerNormGradient(Instruction<LayerNormGradient> instruction) {
        if (!fits(instruction) || instruction.input(0).elements() == 0) {
            return Optional.empty();
        }
        long rows = rows(instruction.shape(0));
        int cols = (int) instruction.shape(0).dim(-1);
        KernelPlan plan = instruction
                .plan(14)
                .withMayAlias(new Alias(0, 0))
                .withWorkspaceBytes(dev.javelin.accelerator.cpu.fast.LayerNorm.backwardWorkspaceBytes(rows, cols));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> dev.javelin.accelerator.cpu.fast.LayerNorm.backward(
                    workers, rows, cols, in[0], in[1], in[2], in[3], in[4], 0, out[0], out[1], out[2], false,
                    workspace);
        }));
    }

    static Optional<KernelChoice> rmsNorm(Instruction<RmsNorm> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        long rows = rows(instruction.shape(0));
        int cols = (int) instruction.shape(0).dim(-1);
        float epsilon = (float) instruction.operation().epsilon();
        KernelPlan plan = instruction.plan(5).withMayAlias(new Alias(0, 0));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> dev.javelin.accelerator.cpu.fast.RmsNorm.forward(
                    workers, rows, cols, epsilon, in[0], in[1], out[0], out[1]);
        }));
    }

    static Optional<KernelChoice> rmsNormGradient(Instruction<RmsNormGradient> instruction) {
        if (!fits(instruction) || instruction.input(0).elements() == 0) {
            return Optional.empty();
        }
        long rows = rows(instruction.shape(0));
        int cols = (int) instruction.shape(0).dim(-1);
        KernelPlan plan = instruction
                .plan(11)
                .withMayAlias(new Alias(0, 0))
                .withWorkspaceBytes(dev.javelin.accelerator.cpu.fast.RmsNorm.backwardWorkspaceBytes(rows, cols));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> dev.javelin.accelerator.cpu.fast.RmsNorm.backward(
                    workers, rows, cols, in[0], in[1], in[2], in[3], 0, out[0], out[1], workspace);
        }));
    }

    static Optional<KernelChoice> rotary(Instruction<Rotary> instruction) {
        RotaryShape shape = RotaryShape.of(instruction);
        if (!fits(instruction) || instruction.input(0).elements() == 0) {
            return Optional.empty();
        }
        dev.javelin.accelerator.cpu.fast.Rotary.Shape rotation = new dev.javelin.accelerator.cpu.fast.Rotary.Shape(
                shape.rows(),
                shape.tableRows(),
                shape.heads(),
                shape.turned(),
                (int) shape.half(),
                instruction.operation().back());
        KernelPlan plan = instruction.plan(3).withMayAlias(new Alias(0, 0));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.Rotary.run(workers, rotation, in[0], in[1], out[0]);
        }));
    }
}
