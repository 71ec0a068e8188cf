package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.fast.Attention;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.AttentionShape;
import dev.javelin.spi.kernel.Instruction;
import java.util.Optional;

/** Attention of FLOAT32 over the packed projection; each thread of the machine has scratch in the workspace. */
final class FastAttention {
    private final int threads;

    FastAttention(int threads) {
        this.threads = threads;
    }

    /** Empty if an extent is 0, or an element lies beyond what BLAS strides count. */
    private static Optional<Attention.Shape> shape(Instruction<?> instruction, AttentionShape shape) {
        long row = (shape.heads() + 2L * shape.kvHeads()) * shape.width();
        long tiles = shape.batches() * shape.heads() * shape.positions();
        if (!instruction.isAll(DType.FLOAT32)
                || instruction.input(0).elements() == 0
                || row > Integer.MAX_VALUE
                || tiles > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        return Optional.of(new Attention.Shape(
                (int) shape.batches(),
                (int) shape.positions(),
                shape.heads(),
                shape.kvHeads(),
                (int) shape.width(),
                (float) shape.scale(),
                shape.causal()));
    }

    Optional<KernelChoice> forward(Instruction<dev.javelin.api.operation.Attention> instruction) {
        AttentionShape extents = AttentionShape.of(instruction.operation(), instruction.input(0));
        return shape(instruction, extents).map(shape -> {
            KernelPlan plan = KernelPlan.of(extents.flops(2), instruction.bytes())
                    .withWorkspaceBytes(Attention.forwardWorkspaceBytes(shape, threads));
            return new KernelChoice(plan, machine -> {
                Workers workers = machine.workers();
                SerialBlas blas = machine.blas();
                return (queue, in, out, workspace) -> Attention.forward(
                        workers, blas, shape, Attention.Rows3.packed(shape, in[0]), out[0], out[1], workspace);
            });
        });
    }

    Optional<KernelChoice> gradient(Instruction<AttentionGradient> instruction) {
        AttentionShape extents = AttentionShape.of(instruction.operation().forward(), instruction.input(0));
        return shape(instruction, extents).map(shape -> {
            KernelPlan plan = KernelPlan.of(extents.flops(5), instruction.bytes())
                    .withWorkspaceBytes(Attention.backwardWorkspaceBytes(shape, threads));
            return new KernelChoice(plan, machine -> {
                Workers workers = machine.workers();
                SerialBlas blas = machine.blas();
                return (queue, in, out, workspace) -> Attention.backward(
                        workers,
                        blas,
                        shape,
                        in[3],
                        Attention.Rows3.packed(shape, in[0]),
                        in[1],
                        in[2],
                        Attention.Rows3.packed(shape, out[0]),
                        workspace);
            });
        });
    }
}
