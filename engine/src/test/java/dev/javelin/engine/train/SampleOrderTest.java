package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SampleOrderTest {

    private static long[] epoch(SampleOrder order, long rows, long epoch) {
        return LongStream.range(epoch * rows, (epoch + 1) * rows)
                .map(order::row)
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 7, 16, 17, 63, 64, 65, 255, 1000, 4097})
    void everyEpochGivesEveryRowExactlyOnce(long rows) {
        SampleOrder order = new SampleOrder(42, rows);
        for (long epoch = 0; epoch < 4; epoch++) {
            long[] sorted = epoch(order, rows, epoch);
            Arrays.sort(sorted);
            assertEquals(
                    LongStream.range(0, rows).boxed().toList(),
                    Arrays.stream(sorted).boxed().toList());
        }
    }

    @Test
    void theOrderIsAPureFunctionOfSeedAndSample() {
        SampleOrder once = new SampleOrder(42, 1000);
        SampleOrder again = new SampleOrder(42, 1000);
        for (long sample : new long[] {2999, 0, 17, 1000, 2999}) {
            assertEquals(once.row(sample), again.row(sample));
        }
    }

    @Test
    void otherEpochsAndOtherSeedsHaveOtherOrders() {
        long[] first = epoch(new SampleOrder(42, 1000), 1000, 0);
        assertNotEquals(Arrays.toString(first), Arrays.toString(epoch(new SampleOrder(42, 1000), 1000, 1)));
        assertNotEquals(Arrays.toString(first), Arrays.toString(epoch(new SampleOrder(43, 1000), 1000, 0)));
    }

    @Test
    void neighboursAreSpreadOverAllRowsAsInARandomOrder() {
        long rows = 10_000;
        long[] order = epoch(new SampleOrder(7, rows), rows, 0);
        double distance = 0;
        int ascents = 0;
        for (int i = 1; i < rows; i++) {
            distance += Math.abs(order[i] - order[i - 1]);
            ascents += order[i] > order[i - 1] ? 1 : 0;
        }
        assertEquals(rows / 3.0, distance / rows, rows * 0.02, "mean distance of neighbours");
        assertEquals(rows / 2.0, ascents, rows * 0.02, "ascents");
    }

    @Test
    void eachRowIsAsLikelyAtEachPlace() {
        int rows = 8;
        int epochs = 8000;
        int[][] counts = new int[rows][rows];
        SampleOrder order = new SampleOrder(3, rows);
        for (long sample = 0; sample < (long) rows * epochs; sample++) {
            counts[(int) order.index(sample)][(int) order.row(sample)]++;
        }
        for (int[] place : counts) {
            for (int count : place) {
                assertEquals(epochs / (double) rows, count, 5 * Math.sqrt(epochs / (double) rows));
            }
        }
    }

    @Test
    void moreRowsThanAnIntCanCountNeedNoMemory() {
        long rows = 5_000_000_000L;
        SampleOrder order = new SampleOrder(1, rows);
        long large = LongStream.range(0, 1000)
                .map(order::row)
                .filter(row -> row > rows / 2)
                .count();
        assertTrue(large > 400 && large < 600, "" + large);
    }
}
