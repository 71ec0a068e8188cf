package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.fast.Gates;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import java.util.Optional;

/** The activations of FLOAT32 beside GELU by tanh: SwiGLU, silu's gradient, GELU by the error function. */
final class FastGates {
    private FastGates() {}

    /** Rows are not empty and their length fits an int. */
    private static boolean fits(Instruction<?> instruction) {
        long width = instruction.shape(0).dim(-1);
        return instruction.isAll(DType.FLOAT32) && width > 0 && width <= Integer.MAX_VALUE;
    }

    static Optional<KernelChoice> swiGlu(Instruction<SwiGlu> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        int cols = (int) (instruction.shape(0).dim(-1) / 2);
        long rows = instruction.output(0).elements() / cols;
        return Optional.of(new KernelChoice(instruction.plan(16), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> Gates.swiGlu(workers, rows, cols, in[0], out[0]);
        }));
    }

    static Optional<KernelChoice> swiGluGradient(Instruction<SwiGluGradient> instruction) {
        if (!fits(instruction)) {
            return Optional.empty();
        }
        int cols = (int) (instruction.shape(0).dim(-1) / 2);
        long rows = instruction.input(1).elements() / cols;
        return Optional.of(new KernelChoice(instruction.plan(11).withMayAlias(new Alias(0, 0)), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> Gates.swiGluGradient(workers, rows, cols, in[1], in[0], out[0]);
        }));
    }

    static Optional<KernelChoice> siluGradient(Instruction<SiluGradient> instruction) {
        if (!instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        long n = instruction.output(0).elements();
        return Optional.of(new KernelChoice(instruction.inPlacePlan(19), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> Gates.siluGradient(workers, n, in[1], in[0], out[0]);
        }));
    }

    static Optional<KernelChoice> exactGelu(Instruction<ExactGelu> instruction) {
        if (!instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        long n = instruction.output(0).elements();
        return Optional.of(new KernelChoice(instruction.inPlacePlan(40), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.ExactGelu.forward(workers, n, in[0], out[0]);
        }));
    }

    static Optional<KernelChoice> exactGeluGradient(Instruction<ExactGeluGradient> instruction) {
        if (!instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        long n = instruction.output(0).elements();
        return Optional.of(new KernelChoice(instruction.inPlacePlan(45), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.ExactGelu.backward(workers, n, in[1], in[0], out[0]);
        }));
    }
}
