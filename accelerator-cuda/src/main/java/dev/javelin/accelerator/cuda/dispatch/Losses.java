package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Cross-entropy: the family {@code loss}. A target that is neither a class nor ignored makes the loss, or its row, NaN. */
final class Losses {
    private static final String FAMILY = "loss";
    private static final int VECTORS = 4;
    private static final int MOST_THREADS = 512;
    private static final int FINISH_THREADS = 1024;

    /** What crews join their sums in, {@code Crew} of {@code rows.cuh}: two arrays of 32 numbers, of F64 at most. */
    private static final int CREW_BYTES = 2 * 32 * 8;

    private final GpuModel model;

    private Losses(GpuModel model) {
        this.model = model;
    }

    static KernelTable<KernelChoice> kernels(GpuModel model) {
        Losses losses = new Losses(model);
        return KernelTable.<KernelChoice>empty()
                .with(CrossEntropy.class, Losses::forward)
                .with(CrossEntropyGradient.class, Losses::gradient)
                .with(FusedCrossEntropy.class, losses::fused);
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
        long losses = rows * dtype.wide().bytes();
        KernelPlan plan = KernelPlan.of(5.0 * rows * width, instruction.bytes() + 2.0 * losses)
                .withWorkspaceBytes(losses);
        return Optional.of(KernelChoice.of(plan, each, finish(dtype, rows, ignored)));
    }

    private static Launch finish(DType dtype, long rows, long ignored) {
        return Launch.of(FAMILY, "cross_entropy_finish", dtype)
                .block(FINISH_THREADS)
                .grid(1)
                .workspace(0)
                .input(1)
                .output(0)
                .output(1)
                .words(rows, ignored);
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

    /** Losses of rows, kept in the workspace, and the gradient; then the sum of the losses. */
    private Optional<KernelChoice> fused(Instruction<FusedCrossEntropy> instruction) {
        DType dtype = instruction.dtype(0);
        if (!KernelTypes.areWide(dtype, instruction.input(2), instruction.output(0), instruction.output(1))) {
            return Optional.empty();
        }
        long rows = instruction.shape(0).dim(0);
        long width = instruction.shape(0).dim(1);
        long ignored = instruction.operation().ignored();
        Crews crews = Crews.of(dtype, width, VECTORS, MOST_THREADS);
        long keep = crews.kept(dtype, width, model.sharedBytesPerBlock() - CREW_BYTES);
        Launch each = crews.over(Launch.of(FAMILY, "fused_cross_entropy", dtype), rows)
                .shared(crews.bytes(keep))
                .input(0)
                .input(1)
                .input(2)
                .workspace(0)
                .output(2)
                .words(rows, width, ignored, crews.size(), keep);
        long losses = rows * dtype.wide().bytes();
        KernelPlan plan = KernelPlan.of(10.0 * rows * width, instruction.bytes() + 2.0 * losses)
                .withWorkspaceBytes(losses)
                .withMayAlias(new Alias(2, 0));
        return Optional.of(KernelChoice.of(plan, each, finish(dtype, rows, ignored)));
    }
}
