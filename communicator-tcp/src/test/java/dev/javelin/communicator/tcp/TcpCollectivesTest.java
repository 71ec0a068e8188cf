package dev.javelin.communicator.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.communicator.host.TreeSum;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpCollectivesTest {
    /** Nothing, fewer than ranks, odd, around a segment. */
    private static final long[] SIZES = {0, 1, 2, 3, 7, 1000, 8192, 8193, 40_001};

    /** Several rings of segments. */
    private static final long LARGE = 1_500_007;

    private static final Call CALL = new Call(new LoopbackWorld.Inline(), 7);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void allReduceHasTheBitsOfTheTree(int ranks) throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(ranks)) {
            world.run((group, seat) -> {
                for (DType dtype : TreeSum.TYPES) {
                    for (long elements : SIZES) {
                        checkAllReduce(group, dtype, elements, elements + 1);
                    }
                }
                checkAllReduce(group, DType.FLOAT32, LARGE, 1);
                checkAllReduce(group, DType.BFLOAT16, LARGE, 2);
                return null;
            });
        }
    }

    private static void checkAllReduce(Communicator group, DType dtype, long elements, long seed) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = Buffers.of(arena, dtype, elements, seed, group.rank());
            group.allReduce(CALL, buffer.address(), elements, dtype);
            MemorySegment expected = Buffers.sum(arena, dtype, elements, seed, group.size());
            Buffers.assertSame(
                    expected, 0, buffer, 0, elements * dtype.bytes(), "allReduce of " + elements + " " + dtype);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void reduceScatterHasTheBitsOfTheTreeInPlaceAndElsewhere(int ranks) throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(ranks)) {
            world.run((group, seat) -> {
                for (DType dtype : TreeSum.TYPES) {
                    for (long elements : new long[] {0, 1, 3, 1000, 20_001}) {
                        checkReduceScatter(group, dtype, elements, elements + 1, true);
                        checkReduceScatter(group, dtype, elements, elements + 2, false);
                    }
                }
                checkReduceScatter(group, DType.FLOAT32, LARGE / ranks, 1, true);
                checkReduceScatter(group, DType.FLOAT64, LARGE / ranks, 2, false);
                return null;
            });
        }
    }

    private static void checkReduceScatter(Communicator group, DType dtype, long elements, long seed, boolean inPlace) {
        try (Arena arena = Arena.ofConfined()) {
            long bytes = elements * dtype.bytes();
            MemorySegment full = Buffers.of(arena, dtype, elements * group.size(), seed, group.rank());
            MemorySegment shard = inPlace ? full.asSlice(group.rank() * bytes) : Buffers.empty(arena, bytes);
            group.reduceScatter(CALL, full.address(), shard.address(), elements, dtype);
            MemorySegment expected = Buffers.sum(arena, dtype, elements * group.size(), seed, group.size());
            Buffers.assertSame(
                    expected, group.rank() * bytes, shard, 0, bytes, "reduceScatter of " + elements + " " + dtype);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void bytesComeWhereTheyBelongByAllGatherAllToAllAndBroadcast(int ranks) throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(ranks)) {
            world.run((group, seat) -> {
                for (long bytes : SIZES) {
                    checkAllGather(group, bytes, bytes + 1, true);
                    checkAllGather(group, bytes, bytes + 2, false);
                    checkAllToAll(group, bytes, bytes + 3);
                    for (int root = 0; root < ranks; root++) {
                        checkBroadcast(group, bytes, bytes + 4, root);
                    }
                    group.barrier(CALL);
                }
                return null;
            });
        }
    }

    private static void checkAllGather(Communicator group, long bytes, long seed, boolean inPlace) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment full = Buffers.empty(arena, bytes * group.size());
            MemorySegment shard = Buffers.bytes(arena, bytes, seed, group.rank());
            long at = shard.address();
            if (inPlace) {
                at = full.address() + group.rank() * bytes;
                Buffers.copy(shard, at, bytes);
            }
            group.allGather(CALL, at, full.address(), bytes);
            for (int rank = 0; rank < group.size(); rank++) {
                MemorySegment expected = Buffers.bytes(arena, bytes, seed, rank);
                Buffers.assertSame(expected, 0, full, rank * bytes, bytes, "allGather of " + bytes);
            }
        }
    }

    private static void checkAllToAll(Communicator group, long bytes, long seed) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = Buffers.bytes(arena, bytes * group.size(), seed, group.rank());
            MemorySegment target = Buffers.empty(arena, bytes * group.size());
            group.allToAll(CALL, source.address(), target.address(), bytes);
            for (int rank = 0; rank < group.size(); rank++) {
                MemorySegment theirs = Buffers.bytes(arena, bytes * group.size(), seed, rank);
                Buffers.assertSame(theirs, group.rank() * bytes, target, rank * bytes, bytes, "allToAll of " + bytes);
            }
        }
    }

    private static void checkBroadcast(Communicator group, long bytes, long seed, int root) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = Buffers.bytes(arena, bytes, seed, group.rank());
            group.broadcast(CALL, buffer.address(), bytes, root);
            MemorySegment expected = Buffers.bytes(arena, bytes, seed, root);
            Buffers.assertSame(expected, 0, buffer, 0, bytes, "broadcast of " + bytes + " from " + root);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void randomSequencesOfCallsKeepTheirBytesApart(int ranks) throws Exception {
        long seed = 20261122 + ranks;
        System.out.println("random sequence of calls: seed " + seed + ", " + ranks + " ranks");
        try (LoopbackWorld world = new LoopbackWorld(ranks)) {
            world.run((group, seat) -> {
                SplittableRandom random = new SplittableRandom(seed); // alike on all ranks
                for (int i = 0; i < 300; i++) {
                    long size = 1L << random.nextInt(18);
                    size = random.nextLong(size) + random.nextInt(2);
                    DType dtype = random.nextBoolean() ? DType.FLOAT32 : DType.BFLOAT16;
                    switch (random.nextInt(6)) {
                        case 0 -> checkAllReduce(group, dtype, size, i);
                        case 1 -> checkReduceScatter(group, dtype, size, i, random.nextBoolean());
                        case 2 -> checkAllGather(group, size, i, random.nextBoolean());
                        case 3 -> checkAllToAll(group, size, i);
                        case 4 -> checkBroadcast(group, size, i, random.nextInt(ranks));
                        default -> group.barrier(CALL);
                    }
                }
                return null;
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 5})
    void sentBytesAreTheClosedForm(int ranks) throws Exception {
        long elements = 40L * 1024 * ranks;
        long bytes = elements * 4;
        try (LoopbackWorld world = new LoopbackWorld(ranks);
                Arena arena = Arena.ofShared()) {
            List<long[]> sent = world.run((group, seat) -> {
                MemorySegment buffer = Buffers.empty(arena, bytes);
                MemorySegment other = Buffers.empty(arena, bytes);
                long[] counts = new long[5];
                group.allReduce(CALL, buffer.address(), elements, DType.FLOAT32);
                counts[0] = group.sentBytes();
                group.allReduce(CALL, buffer.address(), 64L * ranks, DType.FLOAT32);
                counts[1] = group.sentBytes();
                group.reduceScatter(CALL, buffer.address(), other.address(), elements / ranks, DType.FLOAT32);
                counts[2] = group.sentBytes();
                group.allGather(CALL, other.address(), buffer.address(), bytes / ranks);
                counts[3] = group.sentBytes();
                group.barrier(CALL);
                counts[4] = group.sentBytes();
                return counts;
            });
            long part = bytes / ranks * (ranks - 1);
            long small = 2 * 64L * 4 * (ranks - 1);
            for (long[] counts : sent) {
                assertEquals(2 * part, counts[0], "allReduce");
                assertEquals(2 * part + small, counts[1], "small allReduce");
                assertEquals(3 * part + small, counts[2], "reduceScatter");
                assertEquals(4 * part + small, counts[3], "allGather");
                assertEquals(4 * part + small, counts[4], "barrier");
            }
        }
    }

    @Test
    void partsOfAGroupWorkByThemselvesAndCountForTheWhole() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(5)) {
            List<String> places = world.run((group, seat) -> {
                String place = "";
                for (int round = 0; round < 2; round++) {
                    int color = group.rank() == 4 ? -1 : group.rank() % 2;
                    var part = group.split(color, -group.rank());
                    assertEquals(color < 0, part.isEmpty());
                    if (part.isPresent()) {
                        Communicator mine = part.get();
                        long before = group.sentBytes();
                        checkAllReduce(mine, DType.FLOAT32, 10_000, 3);
                        checkBroadcast(mine, 999, 5, 1);
                        assertEquals(mine.sentBytes(), group.sentBytes() - before);
                        assertTrue(mine.sentBytes() >= 40_000, "sent " + mine.sentBytes());
                        place = color + ":" + mine.rank() + "/" + mine.size();
                        mine.close();
                    }
                    checkAllReduce(group, DType.FLOAT32, 100_000, 4);
                }
                return place;
            });
            assertEquals(List.of("0:1/2", "1:1/2", "0:0/2", "1:0/2", ""), places);
        }
    }

    @Test
    void aPartOfAPartIsAGroupToo() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(4)) {
            world.run((group, seat) -> {
                Communicator three = group.split(group.rank() == 0 ? 1 : 0, 0).orElseThrow();
                Communicator two = three.split(three.rank() == 0 ? 1 : 0, 0).orElseThrow();
                checkAllReduce(two, DType.INT64, 5000, 1);
                checkAllReduce(three, DType.FLOAT64, 5000, 2);
                checkAllReduce(group, DType.FLOAT64, 5000, 3);
                two.close();
                three.close();
                return null;
            });
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 5, 100_000, 20_000_000})
    void messagesBetweenTwoRanksKeepTheirOrder(long bytes) throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(2)) {
            world.run((group, seat) -> {
                for (int i = 0; i < 5; i++) {
                    try (Arena arena = Arena.ofConfined()) {
                        if (group.rank() == 0) {
                            long at = Buffers.bytes(arena, bytes, i, 0).address();
                            group.send(CALL, at, bytes, 1);
                        } else {
                            receive(arena, group, bytes, i, 0);
                        }
                    }
                }
                assertEquals(group.rank() == 0 ? 5 * bytes : 0, group.sentBytes());
                return null;
            });
        }
    }

    private static void receive(Arena arena, Communicator group, long bytes, long seed, int from) {
        MemorySegment buffer = Buffers.empty(arena, bytes);
        group.recv(CALL, buffer.address(), bytes, from);
        Buffers.assertSame(Buffers.bytes(arena, bytes, seed, from), 0, buffer, 0, bytes, "message " + seed);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void allMaySendToAllBeforeAnyoneReceives(int ranks) throws Exception {
        long bytes = 12_000_000; // more than the system's buffers hold
        try (LoopbackWorld world = new LoopbackWorld(ranks)) {
            world.run((group, seat) -> {
                try (Arena arena = Arena.ofConfined()) {
                    long mine = Buffers.bytes(arena, bytes, 1, group.rank()).address();
                    for (int step = 1; step < ranks; step++) {
                        group.send(CALL, mine, bytes, (group.rank() + step) % ranks);
                        group.send(CALL, mine, 0, (group.rank() + step) % ranks);
                    }
                    for (int step = 1; step < ranks; step++) {
                        receive(arena, group, bytes, 1, (group.rank() + step) % ranks);
                        receive(arena, group, 0, 1, (group.rank() + step) % ranks);
                    }
                }
                checkAllReduce(group, DType.FLOAT32, 1000, 9);
                return null;
            });
        }
    }

    @Test
    void aReceiverTakesInWhatOthersSendMeanwhile() throws Exception {
        long bytes = 12_000_000;
        try (LoopbackWorld world = new LoopbackWorld(3)) {
            world.run((group, seat) -> {
                try (Arena arena = Arena.ofConfined()) {
                    long mine = Buffers.bytes(arena, bytes, 1, group.rank()).address();
                    switch (group.rank()) {
                        case 0 -> {
                            receive(arena, group, bytes, 1, 1);
                            receive(arena, group, bytes, 1, 2);
                        }
                        case 1 -> {
                            receive(arena, group, bytes, 1, 2);
                            group.send(CALL, mine, bytes, 0);
                        }
                        default -> {
                            group.send(CALL, mine, bytes, 0); // taken only after rank 1's
                            group.send(CALL, mine, bytes, 1);
                        }
                    }
                }
                return null;
            });
        }
    }

    @Test
    void aPeerMayBeAhead() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(2)) {
            world.run((group, seat) -> {
                try (Arena arena = Arena.ofConfined()) {
                    long mine = Buffers.bytes(arena, 4096, 1, group.rank()).address();
                    if (group.rank() == 0) {
                        for (int i = 0; i < 20; i++) {
                            group.send(CALL, mine, 4096, 1);
                        }
                        group.barrier(CALL);
                    } else {
                        for (int i = 0; i < 20; i++) {
                            receive(arena, group, 4096, 1, 0);
                        }
                        group.barrier(CALL);
                    }
                }
                checkAllReduce(group, DType.FLOAT64, 50_000, 2);
                return null;
            });
        }
    }
}
