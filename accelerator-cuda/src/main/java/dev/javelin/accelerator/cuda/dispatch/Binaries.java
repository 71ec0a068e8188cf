package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.Select;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Functions of two and three variables, with broadcasting: the family {@code binary}. */
final class Binaries {
    private static final String FAMILY = "binary";

    private Binaries() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(Binary.class, Binaries::typed)
                .with(Compare.class, Binaries::typed)
                .with(Select.class, Binaries::select);
    }

    private static Optional<KernelChoice> typed(Instruction<?> instruction) {
        String suffix = Launch.suffix(instruction.dtype(0));
        return Loops.broadcast(instruction, FAMILY, instruction.operation().name(), suffix, 1);
    }

    private static Optional<KernelChoice> select(Instruction<Select> instruction) {
        String suffix = Loops.bytes(instruction.output(0).dtype());
        return Loops.broadcast(instruction, FAMILY, "select", suffix, 1);
    }
}
