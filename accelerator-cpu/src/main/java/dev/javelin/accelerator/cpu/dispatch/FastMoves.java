package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.fast.Flat;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Permute;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import java.util.List;
import java.util.Optional;

/** Permutations, packing, rows by id. */
final class FastMoves {
    private static final int MOST_DIMS = 4;

    private FastMoves() {}

    static Optional<KernelChoice> permute(Instruction<Permute> instruction) {
        Shape shape = instruction.shape(0);
        int elementBytes = instruction.dtype(0).bytes();
        if (shape.rank() > MOST_DIMS || shape.elements() == 0 || elementBytes != 4 && elementBytes != 8) {
            return Optional.empty();
        }
        long[] dims = shape.toArray();
        int[] order = instruction.operation().order().stream()
                .mapToInt(Integer::intValue)
                .toArray();
        return Optional.of(new KernelChoice(instruction.plan(0), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.Permute.run(workers, dims, order, elementBytes, in[0], out[0]);
        }));
    }

    /** An input that already lies at its place is left alone; the tail becomes zero. */
    static Optional<KernelChoice> pack(Instruction<Pack> instruction) {
        List<TensorType> types = instruction.inputs();
        long bytes = instruction.output(0).bytes();
        return Optional.of(new KernelChoice(instruction.plan(0), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                long at = out[0];
                for (int i = 0; i < in.length; i++) {
                    if (in[i] != at) {
                        Flat.copy(workers, types.get(i).bytes(), in[i], at);
                    }
                    at += types.get(i).bytes();
                }
                Flat.zero(workers, out[0] + bytes - at, at);
            };
        }));
    }

    /** An id outside the table gives a row of NaN. */
    static Optional<KernelChoice> embedding(Instruction<Embedding> instruction) {
        long vocabulary = instruction.shape(0).dim(0);
        long width = instruction.shape(0).dim(1);
        long tokens = instruction.input(1).elements();
        if (instruction.dtype(0) != DType.FLOAT32 || width > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        double traffic = 8.0 * tokens * width + 4.0 * tokens;
        return Optional.of(new KernelChoice(KernelPlan.of(0, traffic), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                long bad = dev.javelin.accelerator.cpu.fast.Embedding.gather(
                        workers, tokens, vocabulary, (int) width, in[0], in[1], out[0]);
                for (long token = bad; token >= 0 && token < tokens; token++) {
                    int id = Memory.getInt(in[1] + 4 * token);
                    if (id < 0 || id >= vocabulary) {
                        Flat.fill(workers, width, Float.NaN, out[0] + 4 * token * width);
                    }
                }
            };
        }));
    }

    static Optional<KernelChoice> embeddingGradient(Instruction<EmbeddingGradient> instruction) {
        long vocabulary = instruction.operation().rows();
        long width = instruction.output(0).shape().dim(1);
        long tokens = instruction.input(0).elements();
        if (instruction.dtype(1) != DType.FLOAT32 || width > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        double traffic = instruction.bytes() + instruction.input(1).bytes();
        return Optional.of(new KernelChoice(KernelPlan.of((double) tokens * width, traffic), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> dev.javelin.accelerator.cpu.fast.Embedding.gradient(
                    workers, tokens, vocabulary, (int) width, in[1], in[0], out[0], false);
        }));
    }
}
