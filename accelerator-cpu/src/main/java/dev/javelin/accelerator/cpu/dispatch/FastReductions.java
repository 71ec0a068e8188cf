package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.fast.ColumnSum;
import dev.javelin.accelerator.cpu.fast.RowReduction;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.api.operation.Reduce;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import java.util.List;
import java.util.Optional;

/** Reductions of FLOAT32 over the first dims (sum) or over the last ones (sum, maximum). */
final class FastReductions {
    private FastReductions() {}

    static Optional<KernelChoice> reduce(Instruction<Reduce> instruction) {
        Shape shape = instruction.shape(0);
        List<Integer> dims = instruction.operation().dims();
        boolean leading = areFrom(dims, 0);
        boolean trailing = areFrom(dims, shape.rank() - dims.size());
        boolean sum = instruction.operation().kind() == Reduce.Kind.SUM;
        if (!instruction.isAll(DType.FLOAT32) || shape.elements() == 0 || dims.isEmpty()) {
            return Optional.empty();
        }
        if (trailing) {
            return Optional.of(rows(instruction, sum, shape.rank() - dims.size()));
        }
        return leading && sum ? Optional.of(columns(instruction, dims.size())) : Optional.empty();
    }

    private static boolean areFrom(List<Integer> dims, int first) {
        for (int i = 0; i < dims.size(); i++) {
            if (dims.get(i) != first + i) {
                return false;
            }
        }
        return true;
    }

    /** Over dims from {@code at} on. */
    private static KernelChoice rows(Instruction<Reduce> instruction, boolean sum, int at) {
        Shape shape = instruction.shape(0);
        long rows = shape.elements(0, at);
        long cols = shape.elements(at, shape.rank());
        KernelPlan plan = KernelPlan.of(shape.elements(), instruction.bytes());
        return new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return sum
                    ? (queue, in, out, workspace) -> RowReduction.sum(workers, rows, cols, in[0], out[0])
                    : (queue, in, out, workspace) -> RowReduction.max(workers, rows, cols, in[0], out[0]);
        });
    }

    /** Over the dims before {@code at}. */
    private static KernelChoice columns(Instruction<Reduce> instruction, int at) {
        Shape shape = instruction.shape(0);
        long rows = shape.elements(0, at);
        long cols = shape.elements(at, shape.rank());
        KernelPlan plan = KernelPlan.of(shape.elements(), instruction.bytes())
                .withWorkspaceBytes(ColumnSum.workspaceBytes(rows, cols));
        return new KernelChoice(plan, machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> ColumnSum.run(workers, rows, cols, in[0], out[0], false, workspace);
        });
    }
}
