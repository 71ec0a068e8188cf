package dev.javelin.communicator.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TreeSumTest {
    private static final long SEED = 20261122;
    private static final long[] SIZES = {0, 1, 2, 7, 15, 16, 17, 31, 33, 100, 1023, 1024, 1025, 4100};

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"UINT8", "BOOL"},
            mode = EnumSource.Mode.EXCLUDE)
    void hasTheBitsOfTheScalarTree(DType dtype) {
        System.out.println("seed " + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int sources = 1; sources <= 9; sources++) {
            for (long elements : SIZES) {
                for (int shift = 0; shift < 3; shift++) {
                    compare(dtype, sources, elements, shift, -1, random);
                    compare(dtype, sources, elements, shift, random.nextInt(sources), random);
                }
            }
        }
        for (int sources : new int[] {16, 31, 33, 100}) {
            compare(dtype, sources, 3001, 1, sources / 2, random);
        }
    }

    /** @param inPlace the source that is the target too; -1 for a target apart */
    private static void compare(
            DType dtype, int sources, long elements, int shift, int inPlace, SplittableRandom random) {
        try (Arena arena = Arena.ofConfined()) {
            long[] addresses = new long[sources];
            long bytes = elements * dtype.bytes();
            for (int i = 0; i < sources; i++) {
                MemorySegment source = arena.allocate(bytes + 64, 64);
                addresses[i] = source.address() + (long) ((shift + i) % 3) * dtype.bytes();
                Values.fill(dtype, addresses[i], elements, random);
            }
            MemorySegment expected = arena.allocate(bytes + 64, 64);
            ScalarTree.sum(dtype, addresses, expected.address(), elements);
            MemorySegment apart = arena.allocate(bytes + 64, 64).fill((byte) 0x5a);
            long target = inPlace < 0 ? apart.address() + (long) shift * dtype.bytes() : addresses[inPlace];
            byte behind = HostMemory.ALL.get(ValueLayout.JAVA_BYTE, target + bytes);
            new TreeSum(sources).sum(dtype, addresses, target, elements);
            String place = dtype + ", " + sources + " sources, " + elements + " elements, shift " + shift
                    + ", in place " + inPlace;
            Values.assertSame(dtype, expected.address(), target, elements, place);
            assertEquals(behind, HostMemory.ALL.get(ValueLayout.JAVA_BYTE, target + bytes), place + ": one too many");
        }
    }

    @Test
    void ofFiveIsNeighboursFirstAndTheOddOneCarried() {
        float[] values = {1e8f, -1e8f, 3e-5f, 1f, 2e8f};
        float expected = ((values[0] + values[1]) + (values[2] + values[3])) + values[4];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
            long[] addresses = new long[5];
            for (int i = 0; i < 5; i++) {
                addresses[i] = memory.address() + 4L * i;
            }
            MemorySegment target = arena.allocate(4, 4);
            new TreeSum(5).sum(DType.FLOAT32, addresses, target.address(), 1);
            assertEquals(expected, target.get(ValueLayout.JAVA_FLOAT, 0));
            ScalarTree.sum(DType.FLOAT32, addresses, target.address(), 1);
            assertEquals(expected, target.get(ValueLayout.JAVA_FLOAT, 0));
        }
    }

    @Test
    void everyHalfSurvivesTheWayToFloatAndBack() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate(2 * 65536, 64);
            MemorySegment zeros = arena.allocate(2 * 65536, 64).fill((byte) 0);
            for (int i = 0; i < 65536; i++) {
                all.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
            }
            long[] sources = {all.address(), zeros.address()};
            MemorySegment sum = arena.allocate(2 * 65536, 64);
            for (DType dtype : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
                new TreeSum(2).sum(dtype, sources, sum.address(), 65536);
                for (int i = 0; i < 65536; i++) {
                    short bits = (short) i;
                    boolean half = dtype == DType.FLOAT16;
                    float value = half ? Float.float16ToFloat(bits) : Float.intBitsToFloat(i << 16);
                    short expected = Float.isNaN(value) ? (short) (half ? 0x7e00 : 0x7fc0) : bits;
                    if (value == 0) {
                        expected = 0; // -0 + 0
                    }
                    assertEquals(expected, sum.getAtIndex(ValueLayout.JAVA_SHORT, i), dtype + " " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"UINT8", "BOOL"})
    void aTypeThatIsNotAddedIsRefused(DType dtype) {
        JavelinException e = assertThrows(JavelinException.class, () -> new TreeSum(2).sum(dtype, new long[2], 0, 0));
        assertEquals("JVL-COM-0001", e.code());
        assertThrows(JavelinException.class, () -> ScalarTree.sum(dtype, new long[2], 0, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 1000})
    void sharesCoverAllElementsOnceAndDifferByOneAtMost(int ranks) {
        for (long elements : new long[] {0, 1, 7, 999, 1000, 1L << 40, (1L << 40) + 3}) {
            Shares shares = new Shares(elements, ranks);
            long end = 0;
            for (int rank = 0; rank < ranks; rank++) {
                assertEquals(end, shares.begin(rank));
                long count = shares.count(rank);
                assertEquals(true, count == elements / ranks || count == elements / ranks + 1);
                end += count;
            }
            assertEquals(elements, end);
        }
    }
}
