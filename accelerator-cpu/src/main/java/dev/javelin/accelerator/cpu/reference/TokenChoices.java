package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.TokenChoice;

/** The next token of each text: the host's arithmetic on every row. */
final class TokenChoices {
    /** Of each logit: what an exponential costs, about. */
    private static final double FLOPS = 20;

    private TokenChoices() {}

    static KernelChoice choose(Instruction<ChooseToken> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        long rows = instruction.shape(0).dim(0);
        int width = (int) instruction.shape(0).dim(1);
        KernelPlan plan = KernelPlan.of(FLOPS * rows * width, instruction.bytes());
        return KernelChoice.of(plan, (queue, inputs, outputs, workspace) -> {
            double[] logits = new double[width];
            long[] how = new long[ChooseToken.COLUMNS];
            for (long row = 0; row < rows; row++) {
                for (int i = 0; i < width; i++) {
                    logits[i] = elements.get(inputs[0], row * width + i);
                }
                for (int i = 0; i < how.length; i++) {
                    how[i] = Memory.getLong(inputs[1] + (row * how.length + i) * Long.BYTES);
                }
                Memory.setInt(
                        outputs[0] + row * Integer.BYTES, TokenChoice.of(how).choose(logits));
            }
        });
    }
}
