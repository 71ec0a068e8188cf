package dev.javelin.data.table;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Philox;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Which rows are trained on and which are held back, both in the order of the table. */
record RowSplit(int[] train, int[] validation) {
    private static final long STREAM = 0x5BE0CD19137E2179L;

    /** Each row gets a key from seed and row; those with the smallest keys are held back. Keys are never equal. */
    static RowSplit of(int rows, double share, long seed) {
        if (!(share >= 0 && share < 1)) {
            throw new JavelinException(
                    "JVL-DAT-0005",
                    "data.validation is " + share,
                    "choose the share of the data held back as a number from 0 to below 1");
        }
        int held = (int) Math.floor(rows * share);
        if (held == rows || (share > 0 && held == 0)) {
            throw new JavelinException(
                    "JVL-DAT-0004",
                    "a share of " + share + " of " + rows + " rows leaves " + (rows - held) + " for training and "
                            + held + " for validation",
                    "give more rows or another data.validation; 0 holds nothing back");
        }
        long stream = Philox.mix(seed ^ STREAM);
        long[] keys = IntStream.range(0, rows)
                .mapToLong(row -> Philox.mix(stream + row))
                .toArray();
        long[] sorted = keys.clone();
        Arrays.sort(sorted);
        long bound = held == 0 ? Long.MIN_VALUE : sorted[held]; // keys below it are held back
        return new RowSplit(
                IntStream.range(0, rows)
                        .filter(row -> held == 0 || keys[row] >= bound)
                        .toArray(),
                IntStream.range(0, rows)
                        .filter(row -> held > 0 && keys[row] < bound)
                        .toArray());
    }
}
