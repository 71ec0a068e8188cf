package dev.javelin.accelerator.cpu.reference;

import dev.javelin.api.Shape;

/**
 * Goes through the elements of a shape in row-major order, run by run along the last dim, and says where the elements
 * of each operand lie that belong to the run. Operands have their own stride in every dim of the walk: 0 where they are
 * repeated.
 */
final class Walk {
    private final long[] dims;
    private final long[][] strides;

    private Walk(long[] dims, long[][] strides) {
        this.dims = dims;
        this.strides = strides;
    }

    /** A walk over {@code shape} with operands that broadcast to it. */
    static Walk broadcasting(Shape shape, Shape... operands) {
        long[][] strides = new long[operands.length][];
        for (int i = 0; i < operands.length; i++) {
            strides[i] = broadcastStrides(operands[i], shape);
        }
        return strided(shape, strides);
    }

    /** A walk over {@code shape} with operands of the given strides, in elements. */
    static Walk strided(Shape shape, long[]... strides) {
        if (shape.rank() > 0) {
            return new Walk(shape.toArray(), strides);
        }
        return new Walk(new long[] {1}, new long[strides.length][1]); // a scalar is one run of one element
    }

    private static long[] broadcastStrides(Shape operand, Shape shape) {
        long[] own = operand.strides();
        long[] result = new long[shape.rank()];
        int missing = shape.rank() - operand.rank();
        for (int i = 0; i < own.length; i++) {
            result[missing + i] = operand.dim(i) == 1 ? 0 : own[i];
        }
        return result;
    }

    /** One run along the last dim. */
    @FunctionalInterface
    interface Run {
        /**
         * @param index of the run's first element in the shape
         * @param length of the run
         * @param starts first element of each operand
         * @param steps from one element to the next of each operand
         */
        void at(long index, long length, long[] starts, long[] steps);
    }

    /** Calls {@code run} for every run, in row-major order. */
    void forEach(Run run) {
        int last = dims.length - 1;
        long length = dims[last];
        long runs = length == 0 ? 0 : 1;
        for (int i = 0; i < last; i++) {
            runs *= dims[i];
        }
        long[] steps = new long[strides.length];
        for (int o = 0; o < steps.length; o++) {
            steps[o] = strides[o][last];
        }
        long[] starts = new long[strides.length];
        long[] position = new long[last];
        for (long i = 0; i < runs; i++) {
            run.at(i * length, length, starts, steps);
            advance(position, starts);
        }
    }

    private void advance(long[] position, long[] starts) {
        for (int dim = position.length - 1; dim >= 0; dim--) {
            boolean carry = ++position[dim] == dims[dim];
            for (int o = 0; o < starts.length; o++) {
                starts[o] += carry ? -(dims[dim] - 1) * strides[o][dim] : strides[o][dim];
            }
            if (!carry) {
                return;
            }
            position[dim] = 0;
        }
    }
}
