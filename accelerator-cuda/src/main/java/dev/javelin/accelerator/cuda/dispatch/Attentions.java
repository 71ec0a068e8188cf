package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.AttentionShape;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/**
 * Attention by matrix products, with the family {@code attention} between them: the reference that needs the scores in
 * memory, as many heads at a time as have room in 256 MiB.
 */
final class Attentions {
    private static final long MOST_SLAB_BYTES = 256L << 20;
    /** Operations on each score of the softmax, and of its gradient. */
    private static final double SOFTMAX_FLOPS = 6;

    private final GpuModel model;

    private Attentions(GpuModel model) {
        this.model = model;
    }

    static KernelTable<KernelChoice> kernels(GpuModel model) {
        Attentions attentions = new Attentions(model);
        return KernelTable.<KernelChoice>empty()
                .with(Attention.class, attentions::forward)
                .with(AttentionGradient.class, attentions::gradient);
    }

    private Optional<KernelChoice> forward(Instruction<Attention> instruction) {
        AttentionShape shape = AttentionShape.of(instruction.operation(), instruction.input(0));
        TensorType rowSums = instruction.output(1);
        if (rowSums.elements() == 0) {
            return Optional.of(KernelChoice.of(KernelPlan.of(0, 0)));
        }
        if (!fits(shape, instruction.dtype(0), rowSums)) {
            return Optional.empty();
        }
        return Optional.of(
                choice(shape, AttentionSteps.forward(shape, instruction.dtype(0), model, MOST_SLAB_BYTES), 2));
    }

    private Optional<KernelChoice> gradient(Instruction<AttentionGradient> instruction) {
        AttentionShape shape = AttentionShape.of(instruction.operation().forward(), instruction.input(0));
        if (instruction.output(0).elements() == 0) {
            return Optional.of(KernelChoice.of(KernelPlan.of(0, 0)));
        }
        if (!fits(shape, instruction.dtype(0), instruction.input(2))) {
            return Optional.empty();
        }
        return Optional.of(
                choice(shape, AttentionSteps.backward(shape, instruction.dtype(0), model, MOST_SLAB_BYTES), 5));
    }

    /** Heads have a width, and row sums are as the kernels keep them. */
    private static boolean fits(AttentionShape shape, DType dtype, TensorType rowSums) {
        return shape.width() > 0 && KernelTypes.areWide(dtype, rowSums);
    }

    /** Products work on all pairs of positions, seen or not. */
    private static KernelChoice choice(AttentionShape shape, AttentionSteps steps, int products) {
        double scores = (double) shape.batches() * shape.heads() * shape.positions() * shape.positions();
        double flops = scores * (products * 2.0 * shape.width() + SOFTMAX_FLOPS);
        KernelPlan plan = KernelPlan.of(flops, steps.traffic()).withWorkspaceBytes(steps.workspaceBytes());
        return new KernelChoice(plan, steps.steps());
    }
}
