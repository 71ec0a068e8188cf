package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Sums of squares without rounding, and their roots: the family {@code squares}. */
final class Squares {
    private static final String FAMILY = "squares";
    private static final int THREADS = 64;
    /** Elements that a block takes at a time. */
    private static final long TILE = 32_768;

    private static final int MOST_BLOCKS = 1024;
    private static final int WARP = 32;

    private Squares() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(SquareSum.class, Squares::squareSum)
                .with(ExactNorm.class, Squares::exactNorm);
    }

    private static Optional<KernelChoice> squareSum(Instruction<SquareSum> instruction) {
        TensorType type = instruction.input(1);
        Launch add = Launch.of(FAMILY, "square_sum", type.dtype())
                .block(THREADS)
                .grid(Math.min(MOST_BLOCKS, Math.ceilDiv(type.elements(), TILE)))
                .input(1)
                .output(0)
                .words(type.elements());
        Launch normalise = Launch.of(FAMILY, "normalise").block(WARP).grid(1).output(0);
        return Optional.of(KernelChoice.of(instruction.plan(0), add, normalise));
    }

    private static Optional<KernelChoice> exactNorm(Instruction<ExactNorm> instruction) {
        Launch launch = Launch.of(FAMILY, "exact_norm", instruction.output(0).dtype())
                .block(WARP)
                .grid(1)
                .input(0)
                .output(0);
        return Optional.of(KernelChoice.of(instruction.plan(200), launch));
    }
}
