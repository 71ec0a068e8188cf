package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.Shape;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Iota;
import dev.javelin.spi.kernel.Instruction;

/** Kernels that read nothing. */
final class Constants {
    private Constants() {}

    static KernelChoice fill(Instruction<Fill> instruction) {
        Elements elements = Elements.of(instruction.output(0).dtype());
        double value = instruction.operation().value();
        long count = instruction.output(0).elements();
        return KernelChoice.of(instruction.plan(0), (queue, inputs, outputs, workspace) -> {
            for (long i = 0; i < count; i++) {
                elements.set(outputs[0], i, value);
            }
        });
    }

    static KernelChoice iota(Instruction<Iota> instruction) {
        Elements elements = Elements.of(instruction.output(0).dtype());
        Shape shape = instruction.output(0).shape();
        int dim = shape.index(instruction.operation().dim());
        long extent = shape.dim(dim);
        long inner = shape.elements(dim + 1, shape.rank());
        long count = shape.elements();
        return KernelChoice.of(instruction.plan(0), (queue, inputs, outputs, workspace) -> {
            for (long i = 0; i < count; i++) {
                elements.setLong(outputs[0], i, i / inner % extent);
            }
        });
    }
}
