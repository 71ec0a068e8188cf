package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Permutations whose last dim is not the last of the input: tiles turned in shared memory, in {@code moves.cu}. */
final class Transposition {
    private static final int THREADS = 256;
    private static final int MOST_BATCH_DIMS = 6;
    private static final int LONGS = 5 + 3 * MOST_BATCH_DIMS;
    /** Where either side is shorter, tiles would be mostly empty. */
    private static final long LEAST_SIDE = 8;

    private Transposition() {}

    /** The launch for an output whose only operand is walked so; empty if tiles do not suit it. */
    static Optional<Launch> launch(Strides strides, DType dtype) {
        List<Long> from = strides.strides().getFirst();
        int last = strides.rank() - 1;
        int inner = from.indexOf(1L); // the dim in which the input is contiguous
        if (strides.elements() == 0 || inner == last || inner < 0 || last > MOST_BATCH_DIMS + 1) {
            return Optional.empty();
        }
        long columns = strides.last();
        long rows = strides.sizes().get(inner);
        if (Math.min(columns, rows) < LEAST_SIDE) {
            return Optional.empty();
        }
        long side = dtype.bytes() >= 4 ? 32 : 64;
        long blocks = strides.elements() / (columns * rows) * Math.ceilDiv(columns, side) * Math.ceilDiv(rows, side);
        return Optional.of(Launch.of("moves", "transpose_" + Loops.bytes(dtype))
                .block(THREADS)
                .grid(blocks)
                .input(0)
                .output(0)
                .struct(words(strides, inner)));
    }

    private static long[] words(Strides strides, int inner) {
        List<Long> from = strides.strides().getFirst();
        int last = strides.rank() - 1;
        List<Long> sizes = new ArrayList<>();
        List<Long> sources = new ArrayList<>();
        List<Long> targets = new ArrayList<>();
        long targetStep = 0;
        long step = 1;
        for (int dim = last; dim >= 0; dim--) {
            if (dim == inner) {
                targetStep = step;
            } else if (dim != last) {
                sizes.addFirst(strides.sizes().get(dim));
                sources.addFirst(from.get(dim));
                targets.addFirst(step);
            }
            step *= strides.sizes().get(dim);
        }
        long[] words = new long[LONGS];
        words[0] = strides.last();
        words[1] = strides.sizes().get(inner);
        words[2] = from.getLast();
        words[3] = targetStep;
        words[4] = sizes.size();
        System.arraycopy(Strides.field(sizes, MOST_BATCH_DIMS), 0, words, 5, MOST_BATCH_DIMS);
        System.arraycopy(Strides.field(sources, MOST_BATCH_DIMS), 0, words, 5 + MOST_BATCH_DIMS, MOST_BATCH_DIMS);
        System.arraycopy(Strides.field(targets, MOST_BATCH_DIMS), 0, words, 5 + 2 * MOST_BATCH_DIMS, MOST_BATCH_DIMS);
        return words;
    }
}
