package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.fast.Binary;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.Shape;
import dev.javelin.spi.kernel.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Two operands that broadcast to one shape, seen with as few dims as possible: dims of extent 1 are left out, and
 * neighbouring dims that both operands walk through as one are joined.
 *
 * @param elements of the result
 * @param scalars which operand has a single element: 1 the first, 2 the second, 3 both, 0 none
 */
record Operands(long elements, int scalars, long[] dims, long[] strideX, long[] strideY) {
    private static final int MOST_DIMS = 4;

    /** Empty if more dims are left than the fast kernels take. */
    static Optional<Operands> of(Instruction<?> instruction) {
        Shape shape = instruction.output(0).shape();
        long[] x = strides(instruction.shape(0), shape);
        long[] y = strides(instruction.shape(1), shape);
        List<long[]> joined = new ArrayList<>(); // extent, stride of x, stride of y; fastest first
        for (int dim = shape.rank() - 1; dim >= 0; dim--) {
            long extent = shape.dim(dim);
            long[] last = joined.isEmpty() ? null : joined.getLast();
            if (extent == 1) {
                continue;
            }
            if (last != null && x[dim] == last[1] * last[0] && y[dim] == last[2] * last[0]) {
                last[0] *= extent;
            } else {
                joined.add(new long[] {extent, x[dim], y[dim]});
            }
        }
        if (joined.size() > MOST_DIMS) {
            return Optional.empty();
        }
        int scalars = (instruction.input(0).elements() == 1 ? 1 : 0)
                | (instruction.input(1).elements() == 1 ? 2 : 0);
        List<long[]> slowestFirst = joined.reversed();
        return Optional.of(new Operands(
                shape.elements(), scalars, column(slowestFirst, 0), column(slowestFirst, 1), column(slowestFirst, 2)));
    }

    private static long[] strides(Shape operand, Shape shape) {
        long[] own = operand.strides();
        long[] result = new long[shape.rank()];
        for (int dim = 0; dim < operand.rank(); dim++) {
            result[shape.rank() - operand.rank() + dim] = operand.dim(dim) == 1 ? 0 : own[dim];
        }
        return result;
    }

    private static long[] column(List<long[]> rows, int index) {
        return rows.stream().mapToLong(row -> row[index]).toArray();
    }

    /** z = op(x, y). */
    void run(Workers workers, Binary.Op op, long x, long y, long z) {
        boolean alike = dims.length == 0 || dims.length == 1 && strideX[0] == 1 && strideY[0] == 1;
        if (alike) {
            Binary.run(workers, op, elements, x, y, z);
        } else if (scalars == 2) {
            Binary.runScalar(workers, op, elements, x, y, z);
        } else if (scalars == 1) {
            Binary.scalarRun(workers, op, elements, x, y, z);
        } else {
            Binary.runStrided(workers, op, dims, x, strideX, y, strideY, z);
        }
    }
}
