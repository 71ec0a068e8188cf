package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Optional;

/** SwiGLU and its gradient: the family {@code gates}. */
final class Gates {
    private static final String FAMILY = "gates";

    private Gates() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(SwiGlu.class, Gates::swiGlu)
                .with(SwiGluGradient.class, Gates::swiGluGradient);
    }

    private static Optional<KernelChoice> swiGlu(Instruction<SwiGlu> instruction) {
        TensorType halves = instruction.output(0);
        Launch launch = grid("swiglu", halves).input(0).output(0);
        return Optional.of(KernelChoice.of(instruction.plan(6), launch.words(rows(halves), width(halves))));
    }

    private static Optional<KernelChoice> swiGluGradient(Instruction<SwiGluGradient> instruction) {
        TensorType halves = instruction.input(1);
        Launch launch = grid("swiglu_gradient", halves).input(0).input(1).output(0);
        return Optional.of(KernelChoice.of(
                instruction.plan(8).withMayAlias(new Alias(0, 0)), launch.words(rows(halves), width(halves))));
    }

    private static Launch grid(String name, TensorType halves) {
        DType dtype = halves.dtype();
        return Launch.of(FAMILY, name, dtype)
                .over(rows(halves) * Math.ceilDiv(width(halves), Loops.width(dtype)), Loops.THREADS);
    }

    private static long width(TensorType halves) {
        return halves.shape().dim(-1);
    }

    private static long rows(TensorType halves) {
        return halves.shape().elements(0, halves.shape().rank() - 1);
    }
}
