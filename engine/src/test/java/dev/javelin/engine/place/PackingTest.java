package dev.javelin.engine.place;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackingTest {
    /** Random sizes are harder than those of real programs, which MemoryTest holds to 1.03. */
    private static final double LIMIT = 1.06;

    private static void assertApart(List<Packing.Block> blocks, Packing.Result result) {
        long top = 0;
        for (int i = 0; i < blocks.size(); i++) {
            Packing.Block a = blocks.get(i);
            long from = result.offsets()[i];
            assertTrue(from >= 0);
            top = Math.max(top, from + a.bytes());
            for (int j = 0; j < i; j++) {
                Packing.Block b = blocks.get(j);
                boolean sameTime = a.start() <= b.end() && b.start() <= a.end();
                boolean sameBytes = from < result.offsets()[j] + b.bytes() && result.offsets()[j] < from + a.bytes();
                assertTrue(!sameTime || !sameBytes, a + " at " + from + " and " + b + " at " + result.offsets()[j]);
            }
        }
        assertEquals(top, result.bytes());
    }

    /** The largest sum of live bytes, point in time by point in time. */
    private static long live(List<Packing.Block> blocks) {
        long most = 0;
        for (Packing.Block at : blocks) {
            most = Math.max(
                    most,
                    blocks.stream()
                            .filter(b -> b.start() <= at.start() && at.start() <= b.end())
                            .mapToLong(Packing.Block::bytes)
                            .sum());
        }
        return most;
    }

    /** Short temporaries over a long row of activations that are freed in reverse, as in a training step. */
    private static List<Packing.Block> training(Random random) {
        int layers = 5 + random.nextInt(20);
        int end = 8 * layers;
        List<Packing.Block> blocks = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            blocks.add(new Packing.Block(64L * (1 + random.nextInt(60)), 4 * i, end - 4 * i));
            for (int j = 0; j < 4; j++) {
                int at = 4 * i + j;
                blocks.add(new Packing.Block(64L * (1 + random.nextInt(30)), at, at + 1));
                blocks.add(new Packing.Block(64L * (1 + random.nextInt(30)), end - at - 1, end - at));
            }
        }
        return blocks;
    }

    private static List<Packing.Block> random(Random random) {
        List<Packing.Block> blocks = new ArrayList<>();
        int count = 1 + random.nextInt(120);
        for (int i = 0; i < count; i++) {
            int start = random.nextInt(100);
            blocks.add(new Packing.Block(64L * random.nextInt(50), start, start + random.nextInt(30)));
        }
        return blocks;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void blocksThatLiveAtOneTimeNeverOverlapAndTheBoundIsTheLargestLiveSum(long seed) {
        Random random = new Random(seed);
        for (List<Packing.Block> blocks : List.of(random(random), training(random))) {
            Packing.Result result = Packing.pack(blocks);
            assertApart(blocks, result);
            assertEquals(live(blocks), result.bound());
            assertTrue(result.bytes() >= result.bound());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void lifetimesOfATrainingStepPackNearTheBound(long seed) {
        Packing.Result result = Packing.pack(training(new Random(seed)));
        assertTrue(result.bytes() <= LIMIT * result.bound(), result.bytes() + " over " + result.bound());
    }

    @Test
    void equalBlocksGetEqualOffsets() {
        List<Packing.Block> blocks = random(new Random(3));
        assertArrayEquals(
                Packing.pack(blocks).offsets(),
                Packing.pack(List.copyOf(blocks)).offsets());
    }

    @Test
    void nothingTakesNothing() {
        assertEquals(0, Packing.pack(List.of()).bytes());
        assertEquals(0, Packing.pack(List.of()).bound());
    }

    @Test
    void blocksThatMeetAtOnePointInTimeBothCount() {
        List<Packing.Block> blocks = List.of(new Packing.Block(64, 0, 3), new Packing.Block(128, 3, 5));
        assertEquals(192, Packing.pack(blocks).bytes());
        List<Packing.Block> apart = List.of(new Packing.Block(64, 0, 2), new Packing.Block(128, 3, 5));
        assertEquals(128, Packing.pack(apart).bytes());
    }
}
