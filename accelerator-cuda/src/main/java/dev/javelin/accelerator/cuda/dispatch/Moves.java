package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.dispatch.Segments.Segment;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Slice;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.List;
import java.util.Optional;

/** Kernels that move elements and compute nothing: the family {@code moves}. */
final class Moves {
    private static final String FAMILY = "moves";

    private Moves() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(BroadcastTo.class, Moves::broadcast)
                .with(Permute.class, Moves::permute)
                .with(Slice.class, Moves::slice)
                .with(Pad.class, Moves::pad)
                .with(Concat.class, Moves::concat)
                .with(Pack.class, Moves::pack)
                .with(Assign.class, Moves::assign);
    }

    private static Optional<KernelChoice> broadcast(Instruction<BroadcastTo> instruction) {
        return gather(instruction, Strides.broadcasting(instruction.output(0).shape(), List.of(instruction.shape(0))));
    }

    private static Optional<KernelChoice> permute(Instruction<Permute> instruction) {
        long[] from = instruction.shape(0).strides();
        long[] strides = instruction.operation().order().stream()
                .mapToLong(dim -> from[dim])
                .toArray();
        Strides walked = Strides.of(instruction.output(0).shape(), strides);
        Optional<Launch> turned = Transposition.launch(walked, instruction.dtype(0));
        return turned.isPresent()
                ? turned.map(launch -> KernelChoice.of(instruction.plan(0), launch))
                : gather(instruction, walked);
    }

    /** Output element by element from where the walk says. */
    private static Optional<KernelChoice> gather(Instruction<?> instruction, Strides strides) {
        if (strides.contiguous()) {
            return Optional.of(copy(instruction, 0, -1));
        }
        DType dtype = instruction.dtype(0);
        return strides.walk().map(walk -> {
            Launch launch = Loops.strided(Launch.of(FAMILY, "gather_" + Loops.bytes(dtype)), strides, dtype)
                    .input(0)
                    .output(0)
                    .words(instruction.output(0).elements())
                    .struct(walk);
            return KernelChoice.of(instruction.plan(0), launch);
        });
    }

    /** An input to the output, byte by byte. */
    static KernelChoice copy(Instruction<?> instruction, int input, int predicate) {
        long bytes = instruction.output(0).bytes();
        Segments all = Segments.of(1, bytes).with(new Segment(input, bytes, 0, 0, bytes));
        return new KernelChoice(KernelPlan.of(0, all.traffic()), all.copy(predicate));
    }

    private static Optional<KernelChoice> assign(Instruction<Assign> instruction) {
        return Optional.of(copy(instruction, 1, 2));
    }

    private static Optional<KernelChoice> slice(Instruction<Slice> instruction) {
        Slice slice = instruction.operation();
        Blocks whole = Blocks.along(instruction.input(0), slice.dim());
        Blocks part = Blocks.along(instruction.output(0), slice.dim());
        Segments all = Segments.of(part.outer, part.length)
                .with(new Segment(0, whole.length, slice.start() * whole.inner, 0, part.length));
        return Optional.of(new KernelChoice(KernelPlan.of(0, all.traffic()), all.copy(-1)));
    }

    private static Optional<KernelChoice> pad(Instruction<Pad> instruction) {
        Pad pad = instruction.operation();
        Blocks part = Blocks.along(instruction.input(0), pad.dim());
        Blocks whole = Blocks.along(instruction.output(0), pad.dim());
        long start = pad.start() * whole.inner;
        long end = start + part.length;
        return Optional.of(joined(Segments.of(whole.outer, whole.length)
                .zeros(0, start)
                .with(new Segment(0, part.length, 0, start, part.length))
                .zeros(end, whole.length - end)));
    }

    private static Optional<KernelChoice> concat(Instruction<Concat> instruction) {
        int dim = instruction.operation().dim();
        Blocks whole = Blocks.along(instruction.output(0), dim);
        Segments all = Segments.of(whole.outer, whole.length);
        long at = 0;
        for (int i = 0; i < instruction.inputs().size(); i++) {
            long length = Blocks.along(instruction.input(i), dim).length;
            all = all.with(new Segment(i, length, 0, at, length));
            at += length;
        }
        return Optional.of(joined(all));
    }

    /** The kernel leaves an input alone that lies at its place already. */
    private static Optional<KernelChoice> pack(Instruction<Pack> instruction) {
        long bytes = instruction.output(0).bytes();
        Segments all = Segments.of(1, bytes);
        long at = 0;
        for (int i = 0; i < instruction.inputs().size(); i++) {
            long length = instruction.input(i).bytes();
            all = all.with(new Segment(i, length, 0, at, length));
            at += length;
        }
        return Optional.of(joined(all.zeros(at, bytes - at)));
    }

    private static KernelChoice joined(Segments all) {
        return new KernelChoice(KernelPlan.of(0, all.traffic()), all.join());
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
