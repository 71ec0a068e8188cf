package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.CacheShape;
import dev.javelin.spi.kernel.Instruction;
import java.util.Optional;

/** Caches of keys and values: rows of any type that are written, and attention of FLOAT32 over them. */
final class FastCaches {
    private final int threads;

    FastCaches(int threads) {
        this.threads = threads;
    }

    Optional<KernelChoice> write(Instruction<CacheWrite> instruction) {
        CacheShape shape = CacheShape.of(instruction);
        if (!fits(shape)) {
            return Optional.empty();
        }
        long bytes = shape.width() * instruction.dtype(0).bytes();
        KernelPlan plan = KernelPlan.of(0, 2.0 * instruction.input(1).bytes());
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> dev.javelin.accelerator.cpu.fast.CachedAttention.write(
                    workers,
                    (int) shape.batches(),
                    (int) shape.tokens(),
                    shape.kvHeads(),
                    shape.capacity(),
                    bytes,
                    out[0],
                    in[1],
                    in[2]);
        }));
    }

    Optional<KernelChoice> attention(Instruction<CachedAttention> instruction) {
        CacheShape extents = CacheShape.ofQueries(instruction);
        if (instruction.dtype(0) != DType.FLOAT32 || !fits(extents)) {
            return Optional.empty();
        }
        var shape = new dev.javelin.accelerator.cpu.fast.CachedAttention.Shape(
                (int) extents.batches(),
                (int) extents.tokens(),
                extents.heads(),
                extents.kvHeads(),
                (int) extents.capacity(),
                (int) extents.width());
        KernelPlan plan = KernelPlan.of(extents.flops(), instruction.bytes())
                .withWorkspaceBytes(dev.javelin.accelerator.cpu.fast.CachedAttention.workspaceBytes(shape, threads));
        return Optional.of(new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            SerialBlas blas = machine.blas();
            return (queue, in, out, workspace) -> dev.javelin.accelerator.cpu.fast.CachedAttention.run(
                    workers, blas, shape, in[0], in[1], in[2], in[3], out[0], workspace);
        }));
    }

    /** No extent is 0, and none is beyond what the kernels count. */
    private static boolean fits(CacheShape shape) {
        long row = shape.heads() * shape.width();
        long tiles = shape.batches() * shape.heads() * shape.tokens();
        return tiles > 0
                && tiles <= Integer.MAX_VALUE
                && row > 0
                && row <= Integer.MAX_VALUE
                && shape.capacity() > 0
                && shape.capacity() <= Integer.MAX_VALUE - 64;
    }
}
