package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PermuteTest {

    private static List<int[]> orders(int dims) {
        List<int[]> orders = new ArrayList<>();
        grow(new int[0], dims, orders);
        return orders;
    }

    private static void grow(int[] begun, int dims, List<int[]> orders) {
        if (begun.length == dims) {
            orders.add(begun);
            return;
        }
        for (int d = 0; d < dims; d++) {
            int next = d;
            if (java.util.Arrays.stream(begun).noneMatch(used -> used == next)) {
                int[] longer = java.util.Arrays.copyOf(begun, begun.length + 1);
                longer[begun.length] = d;
                grow(longer, dims, orders);
            }
        }
    }

    private static void check(Workers workers, long[] dims, int[] order, int bytes) {
        int n = 1;
        for (long d : dims) {
            n *= (int) d;
        }
        int rank = dims.length;
        try (Scratchpad pad = new Scratchpad()) {
            long in = pad.bytes((long) n * bytes);
            long out = pad.bytes((long) n * bytes);
            for (int i = 0; i < n; i++) {
                put(in, i, bytes);
            }
            Permute.run(workers, dims, order, bytes, in, out);
            long[] index = new long[rank];
            for (int to = 0; to < n; to++) {
                long rest = to;
                for (int d = rank - 1; d >= 0; d--) {
                    index[order[d]] = rest % dims[order[d]];
                    rest /= dims[order[d]];
                }
                long from = 0;
                for (int d = 0; d < rank; d++) {
                    from = from * dims[d] + index[d];
                }
                long actual = bytes == 4 ? Raw.getInt(out + 4L * to) : Raw.getLong(out + 8L * to);
                assertEquals(from, actual, "element " + to + " of order " + java.util.Arrays.toString(order));
            }
        }
    }

    private static void put(long base, int i, int bytes) {
        if (bytes == 4) {
            Raw.putInt(base + 4L * i, i);
        } else {
            Raw.putLong(base + 8L * i, i);
        }
    }

    @Test
    void everyOrderOfUpToFourDimsMovesEveryElement() {
        try (Workers workers = new Workers(2)) {
            for (int bytes : new int[] {4, 8}) {
                for (long[] dims :
                        new long[][] {{7}, {3, 50}, {70, 2, 33}, {2, 5, 3, 17}, {1, 64, 1, 40}, {3, 9, 4, 64}}) {
                    for (int[] order : orders(dims.length)) {
                        check(workers, dims, order, bytes);
                    }
                }
                check(workers, new long[] {2, 3, 600}, new int[] {1, 0, 2}, bytes);
            }
        }
    }

    @Test
    void otherElementsAndRanksAreRefused() {
        try (Workers workers = new Workers(1)) {
            assertThrows(
                    IllegalArgumentException.class, () -> Permute.run(workers, new long[] {2}, new int[] {0}, 2, 0, 0));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Permute.run(workers, new long[] {1, 1, 1, 1, 1}, new int[] {0, 1, 2, 3, 4}, 4, 0, 0));
        }
    }
}
