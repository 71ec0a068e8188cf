package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Slice;
import dev.javelin.spi.kernel.Instruction;
import java.util.List;

/** Kernels that move elements and compute nothing. */
final class Moves {
    private Moves() {}

    static KernelChoice broadcast(Instruction<BroadcastTo> instruction) {
        return gather(instruction, Walk.broadcasting(instruction.output(0).shape(), instruction.shape(0)));
    }

    static KernelChoice permute(Instruction<Permute> instruction) {
        long[] from = instruction.shape(0).strides();
        long[] strides = instruction.operation().order().stream()
                .mapToLong(dim -> from[dim])
                .toArray();
        return gather(instruction, Walk.strided(instruction.output(0).shape(), strides));
    }

    /** Output element by element from where the walk's only operand says. */
    private static KernelChoice gather(Instruction<?> instruction, Walk walk) {
        Bytes bytes = Bytes.of(instruction.dtype(0));
        return KernelChoice.of(
                instruction.plan(0),
                (queue, inputs, outputs, workspace) -> walk.forEach((index, length, starts, steps) -> {
                    for (long i = 0; i < length; i++) {
                        bytes.copy(inputs[0], starts[0] + i * steps[0], outputs[0], index + i);
                    }
                }));
    }

    static KernelChoice slice(Instruction<Slice> instruction) {
        Slice slice = instruction.operation();
        Blocks whole = Blocks.along(instruction.input(0), slice.dim());
        Blocks part = Blocks.along(instruction.output(0), slice.dim());
        long skip = slice.start() * whole.inner;
        return KernelChoice.of(instruction.plan(0), (queue, inputs, outputs, workspace) -> {
            for (long o = 0; o < part.outer; o++) {
                Memory.copy(inputs[0] + o * whole.length + skip, outputs[0] + o * part.length, part.length);
            }
        });
    }

    static KernelChoice pad(Instruction<Pad> instruction) {
        Pad pad = instruction.operation();
        Blocks part = Blocks.along(instruction.input(0), pad.dim());
        Blocks whole = Blocks.along(instruction.output(0), pad.dim());
        long skip = pad.start() * whole.inner;
        return KernelChoice.of(instruction.plan(0), (queue, inputs, outputs, workspace) -> {
            Memory.fill(outputs[0], instruction.output(0).bytes(), (byte) 0);
            for (long o = 0; o < whole.outer; o++) {
                Memory.copy(inputs[0] + o * part.length, outputs[0] + o * whole.length + skip, part.length);
            }
        });
    }

    static KernelChoice concat(Instruction<Concat> instruction) {
        int dim = instruction.operation().dim();
        Blocks whole = Blocks.along(instruction.output(0), dim);
        List<Blocks> parts = instruction.inputs().stream()
                .map(type -> Blocks.along(type, dim))
                .toList();
        return KernelChoice.of(instruction.plan(0), (queue, inputs, outputs, workspace) -> {
            for (long o = 0; o < whole.outer; o++) {
                long at = outputs[0] + o * whole.length;
                for (int i = 0; i < inputs.length; i++) {
                    long length = parts.get(i).length;
                    Memory.copy(inputs[i] + o * length, at, length);
                    at += length;
                }
            }
        });
    }

    /** An input that already lies at its place is left alone; the tail becomes zero. */
    static KernelChoice pack(Instruction<Pack> instruction) {
        List<TensorType> types = instruction.inputs();
        long bytes = instruction.output(0).bytes();
        return KernelChoice.of(instruction.plan(0), (queue, inputs, outputs, workspace) -> {
            long at = outputs[0];
            for (int i = 0; i < inputs.length; i++) {
                if (inputs[i] != at) {
                    Memory.copy(inputs[i], at, types.get(i).bytes());
                }
                at += types.get(i).bytes();
            }
            Memory.fill(at, outputs[0] + bytes - at, (byte) 0);
        });
    }

    /**
     * A tensor seen as {@code outer} blocks that are contiguous from a dim on.
     *
     * @param outer product of the extents before the dim
     * @param length bytes of one block
     * @param inner bytes of one position of the dim
     */
    private record Blocks(long outer, long length, long inner) {
        static Blocks along(TensorType type, int dim) {
            Shape shape = type.shape();
            long inner = shape.elements(dim + 1, shape.rank()) * type.dtype().bytes();
            return new Blocks(shape.elements(0, dim), shape.dim(dim) * inner, inner);
        }
    }
}
