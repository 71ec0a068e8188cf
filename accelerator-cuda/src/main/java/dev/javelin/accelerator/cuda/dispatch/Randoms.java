package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Uniform numbers addressed by element, and dropout: the family {@code random}. */
final class Randoms {
    private static final String FAMILY = "random";
    /** Numbers that one block of the generator gives. */
    private static final int WORDS = 4;

    private Randoms() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(RandomUniform.class, Randoms::uniform)
                .with(Dropout.class, Randoms::dropout);
    }

    private static Optional<KernelChoice> uniform(Instruction<RandomUniform> instruction) {
        TensorType type = instruction.output(0);
        if (!type.dtype().floating()) {
            return Optional.empty();
        }
        Launch launch = grid("uniform", type)
                .input(0)
                .output(0)
                .words(type.elements(), instruction.operation().call());
        return Optional.of(KernelChoice.of(instruction.plan(40), launch));
    }

    private static Optional<KernelChoice> dropout(Instruction<Dropout> instruction) {
        TensorType type = instruction.output(0);
        double probability = instruction.operation().probability();
        Launch launch = grid("dropout", type)
                .input(0)
                .input(1)
                .output(0)
                .words(type.elements(), instruction.operation().call())
                .reals(probability, 1 / (1 - probability));
        return Optional.of(KernelChoice.of(instruction.inPlacePlan(42), launch));
    }

    private static Launch grid(String name, TensorType type) {
        int width = Math.max(WORDS, Loops.width(type.dtype()));
        return Loops.vectors(Launch.of(FAMILY, name, type.dtype()), type.elements(), width);
    }
}
