package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.spi.device.KernelPlan;
import java.util.List;

/**
 * The kernel chosen for one instruction: what the engine is told, and the steps that do the work, in order on one stream.
 * Pure data: it is made and tested without a GPU.
 */
public record KernelChoice(KernelPlan plan, List<Step> steps) {
    public KernelChoice {
        steps = List.copyOf(steps);
    }

    public static KernelChoice of(KernelPlan plan, Step... steps) {
        return new KernelChoice(plan, List.of(steps));
    }
}
