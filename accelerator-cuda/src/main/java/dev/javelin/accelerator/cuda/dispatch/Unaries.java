package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelRule;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Functions of one variable and activations with their gradients: the family {@code unary}. */
final class Unaries {
    private static final String FAMILY = "unary";

    private Unaries() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(Unary.class, named(4))
                .with(Affine.class, Unaries::affine)
                .with(Gelu.class, named(15))
                .with(GeluGradient.class, named(25))
                .with(ExactGelu.class, named(20))
                .with(ExactGeluGradient.class, named(25))
                .with(Silu.class, named(5))
                .with(SiluGradient.class, named(8));
    }

    /** The entry that is called as the operation is. */
    private static <O extends dev.javelin.api.Operation> KernelRule<O, KernelChoice> named(double flops) {
        return instruction -> Optional.of(Loops.flat(instruction, FAMILY, entry(instruction), flops));
    }

    private static Optional<KernelChoice> affine(Instruction<Affine> instruction) {
        Affine operation = instruction.operation();
        return Optional.of(
                Loops.flat(instruction, FAMILY, entry(instruction), 2, operation.scale(), operation.shift()));
    }

    private static String entry(Instruction<?> instruction) {
        return instruction.operation().name() + "_" + Launch.suffix(instruction.dtype(0));
    }
}
