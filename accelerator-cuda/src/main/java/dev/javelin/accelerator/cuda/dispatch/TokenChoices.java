package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** The next token of each text: the family {@code sampling}, a block for each row. */
final class TokenChoices {
    private static final String FAMILY = "sampling";
    private static final int THREADS = 1024;

    /** Of each logit: what an exponential costs, about. */
    private static final double FLOPS = 20;

    private TokenChoices() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty().with(ChooseToken.class, TokenChoices::choose);
    }

    private static Optional<KernelChoice> choose(Instruction<ChooseToken> instruction) {
        long rows = instruction.shape(0).dim(0);
        long width = instruction.shape(0).dim(1);
        Launch launch = Launch.of(FAMILY, "choose_token", instruction.dtype(0))
                .block(THREADS)
                .grid(rows)
                .input(0)
                .input(1)
                .output(0)
                .words(width, ChooseToken.unit(width));
        return Optional.of(KernelChoice.of(KernelPlan.of(FLOPS * rows * width, instruction.bytes()), launch));
    }
}
