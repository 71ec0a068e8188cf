package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;

/** Rows of a table by id, and the sum of rows by id. */
final class Embeddings {
    private Embeddings() {}

    /** An id outside the table gives a row of NaN. */
    static KernelChoice lookup(Instruction<Embedding> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        long rows = instruction.shape(0).dim(0);
        long width = instruction.shape(0).dim(1);
        long rowBytes = width * instruction.dtype(0).bytes();
        long tokens = instruction.input(1).elements();
        double traffic = 2.0 * tokens * rowBytes + instruction.input(1).bytes();
        return KernelChoice.of(KernelPlan.of(0, traffic), (queue, inputs, outputs, workspace) -> {
            for (long token = 0; token < tokens; token++) {
                int id = Memory.getInt(inputs[1] + token * 4);
                if (id >= 0 && id < rows) {
                    Memory.copy(inputs[0] + id * rowBytes, outputs[0] + token * rowBytes, rowBytes);
                } else {
                    for (long c = 0; c < width; c++) {
                        elements.set(outputs[0], token * width + c, Double.NaN);
                    }
                }
            }
        });
    }

    /** Adds row after row in the order of the tokens, rounding each sum to the type. */
    static KernelChoice gradient(Instruction<EmbeddingGradient> instruction) {
        Elements elements = Elements.of(instruction.dtype(1));
        long rows = instruction.operation().rows();
        long width = instruction.output(0).shape().dim(1);
        long tokens = instruction.input(0).elements();
        long bytes = instruction.output(0).bytes();
        KernelPlan plan = KernelPlan.of(
                (double) tokens * width,
                instruction.bytes() + instruction.input(1).bytes());
        return KernelChoice.of(plan, (queue, inputs, outputs, workspace) -> {
            Memory.fill(outputs[0], bytes, (byte) 0);
            for (long token = 0; token < tokens; token++) {
                int id = Memory.getInt(inputs[0] + token * 4);
                if (id >= 0 && id < rows) {
                    for (long c = 0; c < width; c++) {
                        double sum =
                                elements.get(outputs[0], id * width + c) + elements.get(inputs[1], token * width + c);
                        elements.set(outputs[0], id * width + c, sum);
                    }
                }
            }
        });
    }
}
