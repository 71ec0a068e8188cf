package dev.javelin.accelerator.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That kernels run as CUDA says, and that what is wrong with them shows. */
class EmulatedKernelsTest {
    private static final int THREADS = 256;
    private static final int BLOCKS = 4;
    private static final int COUNT = THREADS * BLOCKS;

    private Emulation driver;

    @BeforeEach
    void open() {
        driver = new Emulation(EmulatedDriver.folder());
    }

    @AfterEach
    void close() {
        if (driver != null) {
            driver.close();
        }
    }

    private float[] reversed(String entry, int seed) {
        driver.set("seed", Integer.toString(seed), "1");
        float[] x = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            x[i] = i;
        }
        long in = driver.floats(x);
        long out = driver.allocate(4L * COUNT);
        Emulation.require(driver.launch(entry, BLOCKS, THREADS, in, out));
        Emulation.require(driver.synchronize());
        return driver.floats(out, COUNT);
    }

    @Test
    void aMissingBarrierGivesOtherResultsForOtherSeeds() {
        float[] right = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            right[i] = i / THREADS * THREADS + THREADS - 1 - i % THREADS;
        }
        Set<String> wrong = new HashSet<>();
        for (int seed = 1; seed <= 4; seed++) {
            assertArrayEquals(right, reversed("reverse", seed));
            wrong.add(Arrays.toString(reversed("reverse_without_barrier", seed)));
        }
        assertEquals(4, wrong.size(), "each seed orders the threads in its own way");
        assertTrue(!wrong.contains(Arrays.toString(right)));
    }

    @Test
    void aWriteBehindAnAllocationIsAnIllegalAddressFromThenOn() {
        long in = driver.allocate(4L * COUNT + 4);
        long out = driver.allocate(4L * COUNT);
        Emulation.require(driver.launch("increment", BLOCKS, THREADS, in, out, (long) COUNT));
        Emulation.require(driver.synchronize());
        Emulation.require(driver.launch("increment", BLOCKS, THREADS, in, out, COUNT + 1L));
        assertEquals(Emulation.ILLEGAL_ADDRESS, driver.synchronize());
        assertTrue(driver.complaint().startsWith("increment: an access to no memory at 0x"), driver.complaint());
        assertEquals(
                Emulation.ILLEGAL_ADDRESS,
                driver.call("cuMemAlloc_v2", driver.arena().allocate(8), 8L));
    }

    @Test
    void aWriteBehindAnOddSizeIsFoundWhenTheMemoryIsFreed() {
        long in = driver.allocate(64);
        long out = driver.allocate(10);
        Emulation.require(driver.launch("increment", 1, 32, in, out, 3L));
        assertEquals(Emulation.ILLEGAL_ADDRESS, driver.call("cuMemFree_v2", out));
        assertTrue(driver.complaint().startsWith("something wrote beside the 10 bytes"), driver.complaint());
    }

    @Test
    void anAddressThatWasFreedIsRefused() {
        long in = driver.allocate(64);
        long out = driver.allocate(64);
        Emulation.require(driver.call("cuMemFree_v2", out));
        Emulation.require(driver.launch("increment", 1, 32, in, out, 16L));
        assertEquals(Emulation.ILLEGAL_ADDRESS, driver.synchronize());
        assertTrue(driver.complaint().startsWith("increment: parameter 1 is 0x"), driver.complaint());
    }

    @Test
    void aBarrierThatSomeThreadsLeaveOutFailsTheLaunch() {
        long out = driver.allocate(4L * COUNT);
        Emulation.require(driver.launch("half_barrier", BLOCKS, THREADS, out));
        assertEquals(Emulation.LAUNCH_FAILED, driver.synchronize());
        assertTrue(driver.complaint().startsWith("half_barrier: "), driver.complaint());
    }

    @Test
    void barriersInDifferentBranchesFailTheLaunch() {
        long out = driver.allocate(4L * COUNT);
        Emulation.require(driver.launch("two_barriers", BLOCKS, THREADS, out));
        assertEquals(Emulation.LAUNCH_FAILED, driver.synchronize());
        assertTrue(driver.complaint().contains("threads meet at different barriers"), driver.complaint());
    }

    @Test
    void aShuffleThatSomeLanesLeaveOutFailsTheLaunch() {
        long out = driver.allocate(4L * COUNT);
        Emulation.require(driver.launch("half_shuffle", BLOCKS, THREADS, out));
        assertEquals(Emulation.LAUNCH_FAILED, driver.synchronize());
        assertTrue(driver.complaint().contains("threads wait for others that never come"), driver.complaint());
    }

    @Test
    void sharedMemoryBeginsPoisonedInEachBlock() {
        long fixed = driver.allocate(4L * COUNT);
        long dynamic = driver.allocate(4L * COUNT);
        Emulation.require(driver.launchOn(0, "unwritten", BLOCKS, THREADS, 4 * THREADS, fixed, dynamic));
        Emulation.require(driver.synchronize());
        for (float value : driver.floats(fixed, COUNT)) {
            assertTrue(Float.isNaN(value), "static shared memory holds " + value);
        }
        for (float value : driver.floats(dynamic, COUNT)) {
            assertTrue(Float.isNaN(value), "dynamic shared memory holds " + value);
        }
    }

    @Test
    void sharedMemoryEndsWhereTheLaunchSaid() {
        long out = driver.allocate(128);
        Emulation.require(driver.launchOn(0, "past_shared", 1, 32, 256, out, 63L));
        Emulation.require(driver.synchronize());
        Emulation.require(driver.launchOn(0, "past_shared", 1, 32, 256, out, 64L));
        assertEquals(Emulation.ILLEGAL_ADDRESS, driver.synchronize());
    }

    @Test
    void lanesExchangeValuesAsCudaDefines() {
        long[] x = new long[COUNT];
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        for (int i = 0; i < COUNT; i++) {
            x[i] = random.nextLong(1 << 20);
        }
        long in = driver.allocate(8L * COUNT);
        MemorySegment host = driver.arena().allocateFrom(ValueLayout.JAVA_LONG, x);
        Emulation.require(driver.call("cuMemcpyHtoD_v2", in, host, 8L * COUNT));
        long out = driver.allocate(7L * 8 * COUNT);
        Emulation.require(driver.launch("lanes", BLOCKS, THREADS, in, out));
        Emulation.require(driver.synchronize());
        long[] y = driver.bytes(out, 7L * 8 * COUNT).toArray(ValueLayout.JAVA_LONG);
        for (int i = 0; i < COUNT; i++) {
            int warp = i / 32 * 32;
            int lane = i % 32;
            int block = i / THREADS * THREADS;
            assertEquals(x[warp + 5], y[i], "__shfl_sync");
            assertEquals(x[lane < 3 ? i : i - 3], y[COUNT + i], "__shfl_up_sync");
            assertEquals(x[lane % 8 < 4 ? i + 4 : i], y[2 * COUNT + i], "__shfl_down_sync");
            assertEquals(x[warp + (lane ^ 17)], y[3 * COUNT + i], "__shfl_xor_sync");
            long ballot = 0;
            long sum = 0;
            for (int k = 0; k < 32; k++) {
                ballot |= x[warp + k] % 3 == 0 ? 1L << k : 0;
                sum += x[warp + k];
            }
            assertEquals(ballot, y[4 * COUNT + i], "__ballot_sync");
            assertEquals(sum, y[5 * COUNT + i], "warpSum");
            long all = 0;
            for (int k = 0; k < THREADS; k++) {
                all += x[block + k] + (x[block + k] % 2 == 0 ? 1 : 0);
            }
            assertEquals(all, y[6 * COUNT + i], "blockSum and __syncthreads_count");
        }
    }

    @Test
    void structsAreWalkedAndAtomicsCount() {
        double[] x = new double[60];
        Arrays.setAll(x, i -> i);
        long in = driver.allocate(8L * 60);
        MemorySegment host = driver.arena().allocateFrom(ValueLayout.JAVA_DOUBLE, x);
        Emulation.require(driver.call("cuMemcpyHtoD_v2", in, host, 8L * 60));
        long out = driver.allocate(8L * 60);
        // [3, 4, 5] walked as its transpose [5, 4, 3], beside a row of 5 repeated.
        long[] walk = new long[1 + 8 + 16];
        walk[0] = 3;
        System.arraycopy(new long[] {5, 4, 3}, 0, walk, 1, 3);
        System.arraycopy(new long[] {1, 5, 20}, 0, walk, 9, 3);
        System.arraycopy(new long[] {1, 0, 0}, 0, walk, 17, 3);
        Emulation.require(driver.launch("walk", 1, 64, in, out, walk, 60L, Double.doubleToRawLongBits(1000)));
        Emulation.require(driver.synchronize());
        double[] y = driver.bytes(out, 8L * 60).toArray(ValueLayout.JAVA_DOUBLE);
        for (int i = 0; i < 60; i++) {
            int a = i / 12;
            assertEquals(a + i / 3 % 4 * 5 + i % 3 * 20 + 1000 * a, y[i]);
        }
        long total = driver.allocate(8);
        Emulation.require(driver.call("cuMemsetD8_v2", total, 0, 8L));
        Emulation.require(driver.launch("counted", 10, 64, total));
        Emulation.require(driver.synchronize());
        assertEquals(10 * 63 * 64 / 2, driver.bytes(total, 8).get(ValueLayout.JAVA_LONG, 0));
    }

    @Test
    void numbersOfSixteenBitsAreWidenedExactly() {
        int patterns = 1 << 16;
        long b = driver.allocate(2L * patterns);
        MemorySegment all = driver.arena().allocate(2L * patterns, 2);
        for (int i = 0; i < patterns; i++) {
            all.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
        }
        Emulation.require(driver.call("cuMemcpyHtoD_v2", b, all, 2L * patterns));
        long fromB = driver.allocate(4L * patterns);
        long fromH = driver.allocate(4L * patterns);
        Emulation.require(driver.launch("widen_all", 256, 256, b, b, fromB, fromH, (long) patterns));
        Emulation.require(driver.synchronize());
        float[] wideB = driver.floats(fromB, patterns);
        float[] wideH = driver.floats(fromH, patterns);
        for (int i = 0; i < patterns; i++) {
            assertEquals(Float.intBitsToFloat(i << 16), wideB[i], "bf16 " + i);
            assertEquals(Float.float16ToFloat((short) i), wideH[i], "f16 " + i);
        }
    }

    @Test
    void numbersAreRoundedOnceToSixteenBits() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);
        int count = 60_000;
        float[] x = new float[count];
        double[] wide = new double[count];
        for (int i = 0; i < count; i++) {
            // All floats; then numbers near halves, where ties and subnormals are.
            x[i] = i % 2 == 0
                    ? Float.intBitsToFloat(random.nextInt())
                    : Float.float16ToFloat((short) random.nextInt()) * (1 + (random.nextInt(5) - 2) * 0x1p-11f);
            wide[i] = x[i] * (1 + (random.nextInt(3) - 1) * 0x1p-40);
        }
        long in = driver.floats(x);
        long inWide = driver.allocate(8L * count);
        MemorySegment host = driver.arena().allocateFrom(ValueLayout.JAVA_DOUBLE, wide);
        Emulation.require(driver.call("cuMemcpyHtoD_v2", inWide, host, 8L * count));
        long[] out = new long[4];
        Arrays.setAll(out, i -> driver.allocate(2L * count));
        Emulation.require(
                driver.launch("narrow_all", 64, 256, in, inWide, out[0], out[1], out[2], out[3], (long) count));
        Emulation.require(driver.synchronize());
        short[][] got = new short[4][];
        Arrays.setAll(got, i -> driver.bytes(out[i], 2L * count).toArray(ValueLayout.JAVA_SHORT));
        for (int i = 0; i < count; i++) {
            if (Float.isNaN(x[i])) {
                assertEquals(0x7fff, got[0][i]);
                assertEquals(0x7fff, got[1][i]);
                continue;
            }
            int bits = Float.floatToRawIntBits(x[i]);
            assertEquals((short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16), got[0][i], "bf16 of " + x[i]);
            assertEquals(Float.floatToFloat16(x[i]), got[1][i], "f16 of " + x[i]);
            assertNearest(
                    wide[i], Float.intBitsToFloat(got[2][i] << 16), i, b -> Float.intBitsToFloat(b << 16), got[2][i]);
            assertNearest(wide[i], Float.float16ToFloat(got[3][i]), i, b -> Float.float16ToFloat((short) b), got[3][i]);
        }
    }

    /** That neither neighbour of a rounded number is nearer. */
    private static void assertNearest(
            double exact, float rounded, int index, java.util.function.IntFunction<Float> widened, short bits) {
        if (Float.isInfinite(rounded)) {
            return;
        }
        double error = Math.abs(exact - rounded);
        for (int neighbour : new int[] {bits - 1, bits + 1}) {
            double other = Math.abs(exact - widened.apply((short) neighbour));
            assertTrue(!(other < error), "number " + index + ": " + exact + " became " + rounded);
        }
    }
}
