package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.fast.Flat;
import dev.javelin.accelerator.cpu.fast.Halves;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import java.util.Optional;

/** Updates of state in place, and the sum of squares. */
final class FastStates {
    private FastStates() {}

    static Optional<KernelChoice> assign(Instruction<Assign> instruction) {
        long bytes = instruction.output(0).bytes();
        return Optional.of(new KernelChoice(instruction.plan(0), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                if (Memory.getInt(in[2]) != 0) {
                    Flat.copy(workers, bytes, in[1], out[0]);
                }
            };
        }));
    }

    static Optional<KernelChoice> accumulate(Instruction<Accumulate> instruction) {
        if (!instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        long n = instruction.output(0).elements();
        return Optional.of(new KernelChoice(instruction.plan(1), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> Flat.accumulate(workers, n, in[1], out[0]);
        }));
    }

    static Optional<KernelChoice> adamW(Instruction<AdamW> instruction) {
        if (instruction.inputs().subList(0, 4).stream().anyMatch(type -> type.dtype() != DType.FLOAT32)) {
            return Optional.empty();
        }
        AdamW operation = instruction.operation();
        var constants = new dev.javelin.accelerator.cpu.fast.AdamW.Constants(
                operation.beta1(), operation.beta2(), operation.epsilon(), operation.weightDecay());
        long n = instruction.input(0).elements();
        boolean weights = instruction.inputs().size() > 9;
        Halves.Conversion narrow =
                instruction.inputs().getLast().dtype() == DType.FLOAT16 ? Halves::toFloat16 : Halves::toBFloat16;
        return Optional.of(new KernelChoice(instruction.plan(20), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                dev.javelin.accelerator.cpu.fast.AdamW.step(
                        workers,
                        n,
                        out[0],
                        in[1],
                        out[1],
                        out[2],
                        constants,
                        new dev.javelin.accelerator.cpu.fast.AdamW.Scalars(in[4], in[5], in[6], in[7], in[8]));
                if (weights && Memory.getInt(in[8]) != 0) {
                    narrow.run(workers, n, out[0], out[3]);
                }
            };
        }));
    }

    static Optional<KernelChoice> movingAverage(Instruction<MovingAverage> instruction) {
        if (instruction.dtype(0) != DType.FLOAT32) {
            return Optional.empty();
        }
        long n = instruction.output(0).elements();
        return Optional.of(new KernelChoice(instruction.plan(3), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                if (Memory.getInt(in[3]) != 0) {
                    dev.javelin.accelerator.cpu.fast.MovingAverage.step(workers, n, out[0], in[1], in[2]);
                }
            };
        }));
    }

    static Optional<KernelChoice> squareSum(Instruction<SquareSum> instruction) {
        DType dtype = instruction.dtype(1);
        if (dtype != DType.FLOAT32 && dtype != DType.FLOAT64) {
            return Optional.empty();
        }
        long n = instruction.input(1).elements();
        KernelPlan plan = KernelPlan.of(2.0 * n, instruction.bytes())
                .withWorkspaceBytes(dev.javelin.accelerator.cpu.fast.SquareSum.workspaceBytes(n));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return dtype == DType.FLOAT32
                    ? (queue, in, out, workspace) ->
                            dev.javelin.accelerator.cpu.fast.SquareSum.add(workers, n, in[1], out[0], workspace)
                    : (queue, in, out, workspace) ->
                            dev.javelin.accelerator.cpu.fast.SquareSum.addDoubles(workers, n, in[1], out[0], workspace);
        }));
    }
}
