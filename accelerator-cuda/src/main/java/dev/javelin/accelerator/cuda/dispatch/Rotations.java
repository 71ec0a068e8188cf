package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.operation.Rotary;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import dev.javelin.spi.kernel.RotaryShape;
import java.util.Optional;

/** Rotary positions: the family {@code rotary}. */
final class Rotations {
    private static final String FAMILY = "rotary";
    private static final int WARP = 32;
    private static final int MOST_THREADS = 256;
    private static final int VECTOR_BYTES = 16;

    private Rotations() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty().with(Rotary.class, Rotations::rotate);
    }

    /** A block per row, a thread for each vector of the left half of a head. */
    private static Optional<KernelChoice> rotate(Instruction<Rotary> instruction) {
        RotaryShape shape = RotaryShape.of(instruction);
        DType dtype = instruction.dtype(0);
        long vectors = Math.ceilDiv(shape.half() * dtype.bytes(), VECTOR_BYTES) * shape.heads();
        if (vectors > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        int threads = (int) Math.clamp(Math.ceilDiv(vectors, WARP) * WARP, WARP, MOST_THREADS);
        Launch launch = Launch.of(FAMILY, "rotary_" + KernelTypes.of(dtype, instruction.dtype(1)))
                .block(threads)
                .grid(shape.rows())
                .input(0)
                .input(1)
                .output(0)
                .words(shape.tableRows(), shape.heads(), shape.turned(), shape.half())
                .reals(instruction.operation().back() ? -1 : 1);
        return Optional.of(KernelChoice.of(instruction.plan(3).withMayAlias(new Alias(0, 0)), launch));
    }
}
