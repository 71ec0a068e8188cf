package dev.javelin.accelerator.cpu.kernel;

import dev.javelin.api.Operation;
import java.util.Optional;

/** Chooses the kernel for instructions of one class of operation. Pure. */
@FunctionalInterface
public interface KernelRule<O extends Operation> {

    /** The kernel for this instruction; empty if there is none for its types or shapes. */
    Optional<KernelChoice> choose(Instruction<O> instruction);
}
