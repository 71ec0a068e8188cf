package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.Philox;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.spi.kernel.Instruction;

/**
 * Uniform numbers addressed by element: see {@link RandomUniform} for the addressing. Constants (the probability and
 * 1/(1−p)) are rounded to the type of x first, as the decomposition of {@link Dropout} does.
 */
final class RandomNumbers {
    private static final double UNIT = 0x1p-24;

    private RandomNumbers() {}

    static KernelChoice uniform(Instruction<RandomUniform> instruction) {
        TensorType type = instruction.output(0);
        Elements elements = Elements.of(type.dtype());
        int call = instruction.operation().call();
        return KernelChoice.of(instruction.plan(40), (queue, inputs, outputs, workspace) -> {
            Stream stream = new Stream(inputs[0], type.elements(), call);
            for (long i = 0; i < type.elements(); i++) {
                elements.set(outputs[0], i, stream.at(i));
            }
        });
    }

    static KernelChoice dropout(Instruction<Dropout> instruction) {
        TensorType type = instruction.output(0);
        Elements elements = Elements.of(type.dtype());
        int call = instruction.operation().call();
        Elements constants = Elements.of(type.dtype().wide());
        double threshold = constants.round(instruction.operation().probability());
        double scale = constants.round(1 / (1 - instruction.operation().probability()));
        return KernelChoice.of(instruction.inPlacePlan(42), (queue, inputs, outputs, workspace) -> {
            Stream stream = new Stream(inputs[1], type.elements(), call);
            for (long i = 0; i < type.elements(); i++) {
                double x = elements.get(inputs[0], i);
                elements.set(outputs[0], i, stream.at(i) < threshold ? 0 : x * scale);
            }
        });
    }

    /** The numbers of one launch. */
    private static final class Stream {
        private final int seedLow;
        private final int seedHigh;
        private final int step;
        private final int micro;
        private final int call;
        private final long first; // global index of local element 0
        private final int[] words = new int[4];

        /**
         * @param random address of the six key words
         * @param elements of the tensor on this rank
         */
        Stream(long random, long elements, int call) {
            this.seedLow = Memory.getInt(random);
            this.seedHigh = Memory.getInt(random + 4);
            this.step = Memory.getInt(random + 8);
            this.micro = Memory.getInt(random + 12);
            long firstSample = Memory.getInt(random + 16);
            int rows = Memory.getInt(random + 20);
            this.first = elements == 0 ? 0 : firstSample * (elements / rows);
            this.call = call;
        }

        double at(long local) {
            long element = first + local;
            long block = element >>> 2;
            Philox.block((int) block, (int) (block >>> 32) ^ call, step, micro, seedLow, seedHigh, words);
            return (words[(int) (element & 3)] >>> 8) * UNIT;
        }
    }
}
