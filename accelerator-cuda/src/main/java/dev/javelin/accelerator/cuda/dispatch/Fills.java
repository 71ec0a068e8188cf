package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Iota;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** Constants and indexes: the family {@code fill}, and the example of how a family is written. */
final class Fills {
    private static final String FAMILY = "fill";
    private static final int BYTES_PER_THREAD = 16;
    /** Threads for what lies before and behind the pieces of 16 bytes. */
    private static final int ENDS = 2;

    private Fills() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty().with(Fill.class, Fills::fill).with(Iota.class, Fills::iota);
    }

    private static Optional<KernelChoice> fill(Instruction<Fill> instruction) {
        return Optional.of(KernelChoice.of(
                instruction.plan(0),
                fill(instruction.output(0), instruction.operation().value())));
    }

    /** Writes one value into every element of the first output. */
    static Launch fill(TensorType type, double value) {
        long threads = type.elements() == 0 ? 0 : type.bytes() / BYTES_PER_THREAD + ENDS;
        return Launch.of(FAMILY, "fill", type.dtype())
                .over(threads, Loops.THREADS)
                .output(0)
                .words(type.elements())
                .reals(value);
    }

    private static Optional<KernelChoice> iota(Instruction<Iota> instruction) {
        TensorType type = instruction.output(0);
        Shape shape = type.shape();
        int dim = shape.index(instruction.operation().dim());
        Launch launch = Launch.of(FAMILY, "iota", type.dtype())
                .over(type.elements(), Loops.THREADS)
                .output(0)
                .words(type.elements(), shape.elements(dim + 1, shape.rank()), shape.dim(dim));
        return Optional.of(KernelChoice.of(instruction.plan(0), launch));
    }
}
