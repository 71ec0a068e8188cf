package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.Shape;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Softmax over the last dim: the family {@code softmax}. */
final class Softmaxes {
    private static final String FAMILY = "softmax";
    private static final int VECTORS = 4;
    private static final int MOST_THREADS = 1024;
    private static final int MOST_GRADIENT_THREADS = 512;

    private Softmaxes() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(Softmax.class, Softmaxes::softmax)
                .with(SoftmaxGradient.class, Softmaxes::gradient);
    }

    private static Optional<KernelChoice> softmax(Instruction<Softmax> instruction) {
        long width = instruction.shape(0).dim(-1);
        Crews crews = Crews.of(instruction.dtype(0), width, VECTORS, MOST_THREADS);
        long rows = rows(instruction.shape(0));
        Launch launch = crews.over(Launch.of(FAMILY, "softmax", instruction.dtype(0)), rows)
                .input(0)
                .output(0)
                .words(rows, width, crews.size());
        return Optional.of(KernelChoice.of(instruction.plan(8).withMayAlias(new Alias(0, 0)), launch));
    }

    private static Optional<KernelChoice> gradient(Instruction<SoftmaxGradient> instruction) {
        long width = instruction.shape(0).dim(-1);
        Crews crews = Crews.of(instruction.dtype(0), width, VECTORS, MOST_GRADIENT_THREADS);
        long rows = rows(instruction.shape(0));
        Launch launch = crews.over(Launch.of(FAMILY, "softmax_gradient", instruction.dtype(0)), rows)
                .input(0)
                .input(1)
                .output(0)
                .words(rows, width, crews.size());
        return Optional.of(KernelChoice.of(instruction.plan(4).withMayAlias(new Alias(0, 0), new Alias(0, 1)), launch));
    }

    private static long rows(Shape shape) {
        return shape.elements() == 0 ? 0 : shape.elements(0, shape.rank() - 1);
    }
}
