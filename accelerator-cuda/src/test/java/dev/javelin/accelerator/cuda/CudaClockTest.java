package dev.javelin.accelerator.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceClock;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.QueueRole;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The GPU's clock, on the emulated driver, whose streams note when they pass an event. */
class CudaClockTest {
    private static Accelerator open() {
        return new CudaProvider().open(EmulatedGpu.options(Map.of()));
    }

    private static void refused(String words, Executable action) {
        JavelinException e = assertThrows(JavelinException.class, action);
        assertEquals("JVL-CUD-0008", e.code(), e.getMessage());
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }

    @Test
    void anEventHasTheTimeAtWhichItsStreamPassedItNotThatOfItsRecording() {
        try (Accelerator gpu = open()) {
            DeviceClock clock = gpu.clock().orElseThrow();
            DeviceQueue queue = gpu.queue(QueueRole.COMPUTE);
            DeviceEvent before = clock.event();
            DeviceEvent behind = clock.event();
            CountDownLatch gate = new CountDownLatch(1);
            long[] inside = new long[2];
            queue.record(before);
            queue.run(() -> {
                inside[0] = System.nanoTime();
                pass(gate);
                inside[1] = System.nanoTime();
            });
            queue.record(behind);
            long asked = System.nanoTime();
            gate.countDown();
            // Waits for what is not passed; the task was let go only after both events were recorded.
            long told = clock.nanosBetween(before, behind);
            assertTrue(inside[1] > asked, "the task ended after the events were recorded");
            long slack = 2 * clock.resolutionNanos();
            assertTrue(told >= inside[1] - inside[0] - slack, told + " of " + (inside[1] - inside[0]));
            assertEquals(-told, clock.nanosBetween(behind, before));
            assertEquals(0, clock.nanosBetween(before, before));
        }
    }

    @Test
    void timesOfKernelsAndCopiesOnSeveralQueuesLieOnOneAxis() {
        try (Accelerator gpu = open();
                DeviceMemory memory = gpu.allocate(1 << 20, "test")) {
            DeviceClock clock = gpu.clock().orElseThrow();
            assertSame(clock, gpu.clock().orElseThrow());
            DeviceEvent[] events = new DeviceEvent[8];
            for (int i = 0; i < events.length; i++) {
                events[i] = clock.event();
                DeviceQueue queue = gpu.queue(QueueRole.values()[i % QueueRole.values().length]);
                if (i > 0) {
                    queue.await(events[i - 1]);
                }
                gpu.fill(queue, memory.address(), memory.bytes(), (byte) i);
                queue.record(events[i]);
            }
            long sum = 0;
            for (int i = 1; i < events.length; i++) {
                long part = clock.nanosBetween(events[i - 1], events[i]);
                assertTrue(part >= 0, i + ": " + part);
                sum += part;
            }
            long whole = clock.nanosBetween(events[0], events[events.length - 1]);
            assertTrue(Math.abs(whole - sum) <= events.length * clock.resolutionNanos(), whole + " and " + sum);
        }
    }

    @Test
    void eventsWithoutTimesAreRefused() {
        try (Accelerator gpu = open()) {
            DeviceClock clock = gpu.clock().orElseThrow();
            DeviceQueue queue = gpu.queue(QueueRole.COMPUTE);
            DeviceEvent recorded = clock.event();
            queue.record(recorded);
            DeviceEvent plain = gpu.event();
            queue.record(plain);
            DeviceEvent never = clock.event();
            refused("second event was never recorded", () -> clock.nanosBetween(recorded, never));
            refused("first event was never recorded", () -> clock.nanosBetween(never, recorded));
            refused("second event has no times", () -> clock.nanosBetween(recorded, plain));
            try (Accelerator other = open()) {
                DeviceEvent others = other.clock().orElseThrow().event();
                refused("second event has no times", () -> clock.nanosBetween(recorded, others));
            }
            recorded.close();
            refused("first event has no times, or was closed", () -> clock.nanosBetween(recorded, never));
        }
    }

    private static void pass(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
