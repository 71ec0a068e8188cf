package dev.javelin.accelerator.cpu.kernel;

import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import java.util.function.Function;

/**
 * A kernel chosen for one instruction.
 *
 * @param plan what the engine is told: pure
 * @param ready makes the kernel on an opened machine
 */
public record KernelChoice(KernelPlan plan, Function<Machine, Kernel> ready) {

    /** A kernel that needs nothing of the machine. */
    public static KernelChoice of(KernelPlan plan, Kernel kernel) {
        return new KernelChoice(plan, machine -> kernel);
    }
}
