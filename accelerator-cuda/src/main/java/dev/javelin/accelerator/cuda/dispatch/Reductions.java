package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.operation.Reduce;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.List;
import java.util.Optional;

/**
 * Sums and greatest values over any dims: the family {@code reductions}. Where there are few results, their terms are cut
 * into slices, and a second launch joins what the slices gave.
 */
final class Reductions {
    private static final String FAMILY = "reductions";

    private Reductions() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty().with(Reduce.class, Reductions::reduce);
    }

    private static Optional<KernelChoice> reduce(Instruction<Reduce> instruction) {
        Reduction reduction =
                Reduction.of(instruction.shape(0), instruction.operation().dims());
        DType from = instruction.dtype(0);
        DType to = instruction.output(0).dtype();
        if (!from.floating() || (to != from && to != from.wide())) {
            return Optional.empty();
        }
        if (reduction.results() == 0) {
            return Optional.of(new KernelChoice(instruction.plan(0), List.of()));
        }
        if (reduction.terms() == 0) {
            return Optional.of(
                    KernelChoice.of(instruction.plan(0), Fills.fill(instruction.output(0), start(instruction))));
        }
        if (reduction.terms() == 1 && from == to) {
            return Optional.of(Moves.copy(instruction, 0, -1));
        }
        return reduction.fits() ? Optional.of(choice(instruction, reduction)) : Optional.empty();
    }

    private static double start(Instruction<Reduce> instruction) {
        return instruction.operation().kind() == Reduce.Kind.SUM ? 0 : Double.NEGATIVE_INFINITY;
    }

    private static KernelChoice choice(Instruction<Reduce> instruction, Reduction reduction) {
        DType from = instruction.dtype(0);
        DType to = instruction.output(0).dtype();
        DType wide = from.wide();
        Reduction.Cut cut = reduction.cut(Loops.width(from));
        double flops = (double) reduction.results() * reduction.terms();
        if (cut.slices() == 1) {
            Launch launch =
                    launch(instruction, reduction, cut, from, to).input(0).output(0);
            return KernelChoice.of(KernelPlan.of(flops, instruction.bytes()), launch.struct(reduction.words(cut)));
        }
        long workspace = Math.multiplyExact(reduction.results() * cut.slices(), (long) wide.bytes());
        Launch first = launch(instruction, reduction, cut, from, wide).input(0).workspace(0);
        Reduction joining = reduction.ofSlices(cut.slices());
        Reduction.Cut whole = joining.whole(Loops.width(wide));
        Launch second =
                launch(instruction, joining, whole, wide, to).workspace(0).output(0);
        return KernelChoice.of(
                KernelPlan.of(flops, instruction.bytes() + 2.0 * workspace).withWorkspaceBytes(workspace),
                first.struct(reduction.words(cut)),
                second.struct(joining.words(whole)));
    }

    private static Launch launch(
            Instruction<Reduce> instruction, Reduction reduction, Reduction.Cut cut, DType from, DType to) {
        String kind = instruction.operation().kind() == Reduce.Kind.SUM ? "sum" : "max";
        String way = reduction.rows() ? "rows" : "columns";
        String entry = kind + "_" + way + "_" + Launch.suffix(from) + "_" + Launch.suffix(to);
        return Launch.of(FAMILY, entry).block(Reduction.THREADS).grid(reduction.blocks(cut, Loops.width(from)));
    }
}
