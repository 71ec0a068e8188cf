package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.spi.kernel.Instruction;
import java.util.Optional;
import java.util.stream.Stream;

/** The grids of {@code loops.cuh}, as they follow from element counts and types. */
final class Loops {
    /** Threads of a block. */
    static final int THREADS = 256;

    /** Vectors of a thread in flat loops. */
    private static final int VECTORS = 2;

    private static final int VECTOR_BYTES = 16;
    private static final int MOST_WIDTH = 8;

    private Loops() {}

    /** Elements of a vector: 16 bytes of the narrowest type, at most 8 elements. */
    static int width(DType... types) {
        int narrowest = Stream.of(types).mapToInt(DType::bytes).min().orElse(MOST_WIDTH);
        return Math.min(VECTOR_BYTES / Math.min(narrowest, MOST_WIDTH), MOST_WIDTH);
    }

    /** Elements as bytes that are moved and not read: {@code b1 b2 b4 b8}. */
    static String bytes(DType type) {
        return "b" + type.bytes();
    }

    /** A grid for {@code each} over so many elements of these types. */
    static Launch each(Launch launch, long elements, DType... types) {
        return launch.block(THREADS).grid(Math.ceilDiv(elements, (long) THREADS * VECTORS * width(types)));
    }

    /** One vector of so many elements a thread. */
    static Launch vectors(Launch launch, long elements, int width) {
        return launch.over(Math.ceilDiv(elements, width), THREADS);
    }

    /**
     * An entry of the form (inputs, output, n) where every input has the shape of the output.
     *
     * @param entry its full name
     */
    static KernelChoice flat(Instruction<?> instruction, String family, String entry, double flops, double... reals) {
        long elements = instruction.output(0).elements();
        Launch launch = operands(instruction, each(Launch.of(family, entry), elements, types(instruction)));
        return KernelChoice.of(
                instruction.inPlacePlan(flops), launch.words(elements).reals(reals));
    }

    /**
     * An entry of the form (inputs, output, n), or its twin {@code name_strided_suffix} with the walk behind that, if an
     * input is broadcast. Empty if more dims are left than a walk has.
     */
    static Optional<KernelChoice> broadcast(
            Instruction<?> instruction, String family, String name, String suffix, double flops) {
        Shape shape = instruction.output(0).shape();
        Strides strides = Strides.broadcasting(
                shape, instruction.inputs().stream().map(type -> type.shape()).toList());
        if (strides.contiguous()) {
            return Optional.of(flat(instruction, family, name + "_" + suffix, flops));
        }
        return strides.walk().map(walk -> {
            Launch launch = strided(Launch.of(family, name + "_strided_" + suffix), strides, types(instruction));
            launch = operands(instruction, launch).words(shape.elements()).struct(walk);
            return KernelChoice.of(instruction.inPlacePlan(flops), launch);
        });
    }

    /** A grid for {@code eachStrided}: one vector along the last dim a thread. */
    static Launch strided(Launch launch, Strides strides, DType... types) {
        long last = strides.last();
        long runs = last == 0 ? 0 : strides.elements() / last * Math.ceilDiv(last, width(types));
        return launch.over(runs, THREADS);
    }

    private static Launch operands(Instruction<?> instruction, Launch launch) {
        Launch all = launch;
        for (int i = 0; i < instruction.inputs().size(); i++) {
            all = all.input(i);
        }
        return all.output(0);
    }

    private static DType[] types(Instruction<?> instruction) {
        return Stream.concat(instruction.inputs().stream(), instruction.outputs().stream())
                .map(type -> type.dtype())
                .toArray(DType[]::new);
    }
}
