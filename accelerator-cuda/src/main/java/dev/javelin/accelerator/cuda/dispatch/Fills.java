package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.operation.Fill;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Constants: the family {@code fill}, and the example of how a family is written. */
final class Fills {
    private static final String FAMILY = "fill";
    private static final int THREADS = 256;

    private Fills() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty().with(Fill.class, Fills::fill);
    }

    /** One thread per element. */
    private static Optional<KernelChoice> fill(Instruction<Fill> instruction) {
        long elements = instruction.output(0).elements();
        Launch launch = Launch.of(FAMILY, "fill", instruction.output(0).dtype())
                .over(elements, THREADS)
                .output(0)
                .words(elements)
                .reals(instruction.operation().value());
        return Optional.of(KernelChoice.of(instruction.plan(0), launch));
    }
}
