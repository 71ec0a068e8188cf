package dev.javelin.accelerator.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That memory, streams, events and modules of the emulated driver behave as CUDA documents. */
class EmulatedDriverTest {
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

    /** A host function that waits for the latch: it holds up a stream for as long as a test wants. */
    private int hold(long stream, CountDownLatch latch) {
        try {
            MemorySegment function = Linker.nativeLinker()
                    .upcallStub(
                            MethodHandles.lookup()
                                    .findStatic(
                                            EmulatedDriverTest.class,
                                            "await",
                                            MethodType.methodType(
                                                    void.class, CountDownLatch.class, MemorySegment.class))
                                    .bindTo(latch),
                            FunctionDescriptor.ofVoid(ValueLayout.ADDRESS),
                            driver.arena());
            return driver.call("cuLaunchHostFunc", stream, function, 0L);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CountDownLatch latch, MemorySegment unused) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void workIsAsynchronousAndEventsSayWhenItIsDone() {
        long stream = driver.stream();
        long event = driver.event(2);
        CountDownLatch latch = new CountDownLatch(1);
        Emulation.require(hold(stream, latch));
        Emulation.require(driver.call("cuEventRecord", event, stream));
        assertEquals(Emulation.NOT_READY, driver.call("cuEventQuery", event));
        assertEquals(Emulation.NOT_READY, driver.call("cuStreamQuery", stream));
        latch.countDown();
        Emulation.require(driver.call("cuEventSynchronize", event));
        Emulation.require(driver.call("cuEventQuery", event));
        Emulation.require(driver.call("cuStreamSynchronize", stream));
        Emulation.require(driver.call("cuStreamQuery", stream));
    }

    @Test
    void aStreamWaitsForWhatAnEventHadRecordedWhenItWasAsked() {
        long first = driver.stream();
        long second = driver.stream();
        long x = driver.floats(1);
        long y = driver.floats(0);
        long z = driver.floats(0);
        long event = driver.event(2);
        CountDownLatch latch = new CountDownLatch(1);
        CountDownLatch later = new CountDownLatch(1);
        Emulation.require(hold(first, latch));
        Emulation.require(driver.launchOn(first, "increment", 1, 32, 0, x, y, 1L));
        Emulation.require(driver.call("cuEventRecord", event, first));
        Emulation.require(driver.call("cuStreamWaitEvent", second, event, 0));
        Emulation.require(driver.launchOn(second, "increment", 1, 32, 0, y, z, 1L));
        // Recorded anew behind work that is held up: who waits already does not mind.
        Emulation.require(hold(first, later));
        Emulation.require(driver.call("cuEventRecord", event, first));
        latch.countDown();
        Emulation.require(driver.call("cuStreamSynchronize", second));
        assertEquals(Emulation.NOT_READY, driver.call("cuEventQuery", event));
        later.countDown();
        Emulation.require(driver.synchronize());
        assertEquals(3, driver.floats(z, 1)[0]);
    }

    @Test
    void withoutAnEventStreamsRunInAnyOrder() {
        long first = driver.stream();
        long second = driver.stream();
        long x = driver.floats(1);
        long y = driver.floats(10);
        long z = driver.floats(0);
        CountDownLatch latch = new CountDownLatch(1);
        Emulation.require(hold(first, latch));
        Emulation.require(driver.launchOn(first, "increment", 1, 32, 0, x, y, 1L));
        Emulation.require(driver.launchOn(second, "increment", 1, 32, 0, y, z, 1L));
        Emulation.require(driver.call("cuStreamSynchronize", second));
        latch.countDown();
        Emulation.require(driver.synchronize());
        assertEquals(11, driver.floats(z, 1)[0], "the second stream had not waited");
    }

    @Test
    void copiesOfPinnedMemoryReadItWhenTheyRun() {
        long stream = driver.stream();
        MemorySegment made = driver.arena().allocate(8);
        Emulation.require(driver.call("cuMemHostAlloc", made, 4L, 0));
        MemorySegment pinned =
                MemorySegment.ofAddress(made.get(ValueLayout.JAVA_LONG, 0)).reinterpret(4);
        MemorySegment pageable = driver.arena().allocate(4);
        pinned.set(ValueLayout.JAVA_INT, 0, 1);
        pageable.set(ValueLayout.JAVA_INT, 0, 1);
        long x = driver.allocate(4);
        long y = driver.allocate(4);
        CountDownLatch latch = new CountDownLatch(1);
        Emulation.require(hold(stream, latch));
        Emulation.require(driver.call("cuMemcpyHtoDAsync_v2", x, pinned, 4L, stream));
        Emulation.require(driver.call("cuMemcpyHtoDAsync_v2", y, pageable, 4L, stream));
        pinned.set(ValueLayout.JAVA_INT, 0, 2);
        pageable.set(ValueLayout.JAVA_INT, 0, 2);
        latch.countDown();
        Emulation.require(driver.call("cuStreamSynchronize", stream));
        assertEquals(2, driver.bytes(x, 4).get(ValueLayout.JAVA_INT, 0));
        assertEquals(1, driver.bytes(y, 4).get(ValueLayout.JAVA_INT, 0));
        Emulation.require(driver.call("cuMemFreeHost", pinned));
    }

    @Test
    void memoryIsPoisonedCountedAndRunsOut() {
        MemorySegment free = driver.arena().allocate(16);
        MemorySegment total = free.asSlice(8);
        Emulation.require(driver.call("cuMemGetInfo_v2", free, total));
        long before = free.get(ValueLayout.JAVA_LONG, 0);
        long x = driver.allocate(1 << 20);
        assertTrue(Float.isNaN(driver.floats(x, 1)[0]));
        Emulation.require(driver.call("cuMemGetInfo_v2", free, total));
        assertEquals(before - (1 << 20), free.get(ValueLayout.JAVA_LONG, 0));
        assertEquals(
                Emulation.OUT_OF_MEMORY,
                driver.call("cuMemAlloc_v2", driver.arena().allocate(8), before));
        Emulation.require(driver.call("cuMemFree_v2", x));
        assertEquals(Emulation.INVALID_VALUE, driver.call("cuMemFree_v2", x), "freed twice");
    }

    @Test
    void textThatIsNotOursIsNoPtx() {
        MemorySegment made = driver.arena().allocate(8);
        String changed = Emulation.probePtx().replace("add.", "sub.");
        assertEquals(
                Emulation.INVALID_PTX,
                driver.call("cuModuleLoadData", made, driver.arena().allocateFrom(changed)));
        assertTrue(driver.complaint().startsWith("this PTX is none"), driver.complaint());
    }

    @Test
    void callsFailWhenASettingSaysSo() {
        driver.set("fail.cuMemAlloc_v2", "2@2", "0");
        driver.allocate(8);
        assertEquals(
                Emulation.OUT_OF_MEMORY,
                driver.call("cuMemAlloc_v2", driver.arena().allocate(8), 8L));
        driver.allocate(8);
    }

    @Test
    void aMachineWithoutADeviceSaysSo() {
        driver.set("devices", "0", "1");
        assertEquals(Emulation.NO_DEVICE, driver.call("cuInit", 0));
    }

    @Test
    void handlesThatAreNoneAreRefused() {
        assertEquals(Emulation.INVALID_HANDLE, driver.call("cuEventQuery", 12345678L));
        assertEquals(Emulation.INVALID_HANDLE, driver.call("cuStreamSynchronize", 12345678L));
        long event = driver.event(0);
        Emulation.require(driver.call("cuEventDestroy_v2", event));
        assertEquals(Emulation.INVALID_HANDLE, driver.call("cuEventDestroy_v2", event));
    }

    @Test
    void launchesThatNoDeviceTakesAreRefused() {
        long x = driver.floats(1);
        assertEquals(Emulation.INVALID_VALUE, driver.launch("increment", 0, 32, x, x, 1L));
        assertEquals(Emulation.INVALID_VALUE, driver.launch("increment", 1, 1025, x, x, 1L));
        assertEquals(Emulation.INVALID_VALUE, driver.launchOn(0, "past_shared", 1, 32, 49 << 10, x, 0L));
        long many = driver.floats(new float[32]);
        int beside = (48 << 10) - 1024; // what the entry's own array leaves
        Emulation.require(driver.launchOn(0, "unwritten", 1, 32, beside, many, many));
        assertEquals(Emulation.INVALID_VALUE, driver.launchOn(0, "unwritten", 1, 32, beside + 16, many, many));
        Emulation.require(driver.synchronize());
    }

    @Test
    void elapsedTimeNeedsEventsThatKeepIt() {
        long start = driver.event(0);
        long end = driver.event(0);
        MemorySegment millis = driver.arena().allocate(4);
        assertEquals(Emulation.INVALID_HANDLE, driver.call("cuEventElapsedTime", millis, start, end));
        Emulation.require(driver.call("cuEventRecord", start, 0L));
        Emulation.require(driver.call("cuEventRecord", end, 0L));
        Emulation.require(driver.synchronize());
        Emulation.require(driver.call("cuEventElapsedTime", millis, start, end));
        assertTrue(millis.get(ValueLayout.JAVA_FLOAT, 0) >= 0);
        long without = driver.event(2);
        Emulation.require(driver.call("cuEventRecord", without, 0L));
        assertEquals(Emulation.INVALID_HANDLE, driver.call("cuEventElapsedTime", millis, start, without));
    }
}
