package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Cross-entropy: the family {@code loss}. A target that is neither a class nor ignored makes the loss, or its row, NaN. */
final class Losses {
    private static final String FAMILY = "loss";
    private static final int VECTORS = 4;
    private static final int MOST_THREADS = 256;
    private static final int FINISH_THREADS = 1024;

    private Losses() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(CrossEntropy.class, Losses::forward)
                .with(CrossEntropyGradient.class, Losses::gradient);
    }

    /** Row sums and losses of rows, kept in the workspace; then their sum. */
    private static Optional<KernelChoice> forward(Instruction<CrossEntropy> instruction) {
        DType dtype = instruction.dtype(0);
        if (!KernelTypes.areWide(dtype, instruction.output(0), instruction.output(1), instruction.output(2))) {
            return Optional.empty();
        }
        long rows = instruction.shape(0).dim(0);
        long width = instruction.shape(0).dim(1);
        long ignored = instruction.operation().ignored();
        Crews crews = Crews.of(dtype, width, VECTORS, MOST_THREADS);
        Launch each = crews.over(Launch.of(FAMILY, "cross_entropy", dtype), rows)
                .input(0)
                .input(1)
                .output(2)
                .workspace(0)
                .words(rows, width, ignored, crews.size());
        Launch finish = Launch.of(FAMILY, "cross_entropy_finish", dtype)
                .block(FINISH_THREADS)
                .grid(1)
                .workspace(0)
                .input(1)
                .output(0)
                .output(1)
                .words(rows, ignored);
        long losses = rows * dtype.wide().bytes();
        KernelPlan plan = KernelPlan.of(5.0 * rows * width, instruction.bytes() + 2.0 * losses)
                .withWorkspaceBytes(losses);
        return Optional.of(KernelChoice.of(plan, each, finish));
    }

    private static Optional<KernelChoice> gradient(Instruction<CrossEntropyGradient> instruction) {
        DType dtype = instruction.dtype(0);
        if (!KernelTypes.areWide(dtype, instruction.input(2), instruction.input(3))) {
            return Optional.empty();
        }
        long rows = instruction.shape(0).dim(0);
        long width = instruction.shape(0).dim(1);
        Crews crews = Crews.of(dtype, width, VECTORS, MOST_THREADS);
        Launch launch = crews.over(Launch.of(FAMILY, "cross_entropy_gradient", dtype), rows)
                .input(0)
                .input(1)
                .input(2)
                .input(3)
                .output(0)
                .words(rows, width, instruction.operation().ignored(), crews.size());
        return Optional.of(KernelChoice.of(instruction.plan(5).withMayAlias(new Alias(0, 0)), launch));
    }
}
