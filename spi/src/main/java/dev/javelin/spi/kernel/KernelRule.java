package dev.javelin.spi.kernel;

import dev.javelin.api.Operation;
import java.util.Optional;

/**
 * Chooses the kernel for instructions of one class of operation. Pure.
 *
 * @param <C> what a choice is in this accelerator: a plan, and how to ready the kernel
 */
@FunctionalInterface
public interface KernelRule<O extends Operation, C> {

    /** The kernel for this instruction; empty if there is none for its types or shapes. */
    Optional<C> choose(Instruction<O> instruction);
}
