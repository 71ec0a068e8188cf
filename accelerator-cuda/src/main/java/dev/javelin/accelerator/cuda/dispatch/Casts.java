package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.operation.Cast;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Conversions between all pairs of element types: the family {@code cast}. */
final class Casts {
    private Casts() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty().with(Cast.class, Casts::cast);
    }

    private static Optional<KernelChoice> cast(Instruction<Cast> instruction) {
        String from = Launch.suffix(instruction.dtype(0));
        String to = Launch.suffix(instruction.output(0).dtype());
        return Optional.of(Loops.flat(instruction, "cast", "cast_" + from + "_" + to, 1));
    }
}
