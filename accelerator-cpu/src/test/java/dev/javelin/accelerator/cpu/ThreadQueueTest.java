package dev.javelin.accelerator.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Fill;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThreadQueueTest {

    private static Accelerator open(int threads) {
        return new CpuProvider()
                .open(new Options("accelerator.cpu", Map.of("threads", Integer.toString(threads), "blas", "java")));
    }

    private static void pass(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void communicationIsBesideComputeFromTwoThreadsUp(int threads) {
        try (Accelerator cpu = open(threads)) {
            AtomicReference<Thread> worker = new AtomicReference<>();
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            queue.run(() -> worker.set(Thread.currentThread()));
            queue.synchronize();
            assertEquals(threads == 2, cpu.planner().concurrent(QueueRole.COMMUNICATION));
            assertEquals(threads == 2, worker.get() != Thread.currentThread());
            for (QueueRole role : List.of(QueueRole.COMPUTE, QueueRole.TO_DEVICE, QueueRole.TO_HOST)) {
                assertFalse(cpu.planner().concurrent(role));
                cpu.queue(role).run(() -> worker.set(Thread.currentThread()));
                assertSame(Thread.currentThread(), worker.get());
            }
        }
    }

    @Test
    void tasksRunOneByOneInOrder() {
        try (Accelerator cpu = open(2)) {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                int number = i;
                queue.run(() -> order.add(number));
            }
            queue.synchronize();
            for (int i = 0; i < 10_000; i++) {
                assertEquals(i, order.get(i));
            }
            assertEquals(10_000, order.size());
        }
    }

    @Test
    void anEventWaitsForWhatIsBeforeItAndForNothingBehindIt() {
        try (Accelerator cpu = open(2)) {
            DeviceQueue compute = cpu.queue(QueueRole.COMPUTE);
            DeviceQueue communication = cpu.queue(QueueRole.COMMUNICATION);
            CountDownLatch later = new CountDownLatch(1);
            AtomicBoolean before = new AtomicBoolean();
            communication.run(() -> before.set(true));
            DeviceEvent event = communication.record();
            communication.run(() -> pass(later));
            compute.await(event); // would never return if it waited for the task behind it
            assertTrue(before.get());
            communication.await(compute.record());
            communication.await(communication.record());
            later.countDown();
            communication.synchronize();
        }
    }

    @Test
    void queuesHandOverWhatTheyWroteThousandsOfTimes() {
        try (Accelerator cpu = open(2)) {
            DeviceQueue compute = cpu.queue(QueueRole.COMPUTE);
            DeviceQueue communication = cpu.queue(QueueRole.COMMUNICATION);
            long[] cell = {0};
            for (int round = 0; round < 20_000; round++) {
                compute.run(() -> cell[0]++);
                communication.await(compute.record());
                communication.run(() -> cell[0] *= 3);
                compute.await(communication.record());
                compute.run(() -> cell[0] %= 1_000_003);
            }
            long expected = 0;
            for (int round = 0; round < 20_000; round++) {
                expected = (expected + 1) * 3 % 1_000_003;
            }
            assertEquals(expected, cell[0]);
        }
    }

    @Test
    void copiesFillsAndKernelsGoInItsOrder() {
        try (Accelerator cpu = open(2);
                Arena arena = Arena.ofConfined();
                DeviceMemory memory = cpu.allocate(64, "a")) {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            CountDownLatch gate = new CountDownLatch(1);
            queue.run(() -> pass(gate));
            TensorType type = TensorType.of(DType.FLOAT32, 4);
            Kernel kernel = cpu.prepare(new Fill(type, 1.5), List.of(), List.of(type));
            MemorySegment source = arena.allocate(4, 4);
            source.set(ValueLayout.JAVA_FLOAT, 0, 7);
            MemorySegment back = arena.allocate(32, 4);
            cpu.fill(queue, memory.address(), 64, (byte) 0);
            long[] out = {memory.address()};
            kernel.launch(queue, new long[0], out, 0);
            out[0] = 0; // the caller may use its arrays again
            cpu.copyToDevice(queue, source, memory.address() + 4);
            cpu.copy(queue, memory.address(), memory.address() + 16, 8);
            cpu.copyToHost(queue, memory.address(), back);
            assertEquals(0, back.get(ValueLayout.JAVA_FLOAT, 0));
            gate.countDown();
            queue.synchronize();
            float[] expected = {1.5f, 7, 1.5f, 1.5f, 1.5f, 7, 0, 0};
            for (int i = 0; i < 8; i++) {
                assertEquals(expected[i], back.getAtIndex(ValueLayout.JAVA_FLOAT, i), "element " + i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aFailedTaskEndsTheQueueAndShowsWhereverItIsWaitedFor(int threads) {
        try (Accelerator cpu = open(threads)) {
            DeviceQueue compute = cpu.queue(QueueRole.COMPUTE);
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            IllegalStateException failure = new IllegalStateException("peer lost");
            AtomicLong behind = new AtomicLong();
            DeviceEvent before = queue.record();
            Runnable failing = () -> {
                throw failure;
            };
            if (threads == 1) {
                assertSame(failure, assertThrows(IllegalStateException.class, () -> queue.run(failing)));
                assertSame(
                        failure, assertThrows(IllegalStateException.class, () -> queue.run(behind::incrementAndGet)));
            } else {
                queue.run(failing);
                queue.run(behind::incrementAndGet);
            }
            DeviceEvent after = queue.record();
            assertSame(failure, assertThrows(IllegalStateException.class, () -> compute.await(after)));
            compute.await(before);
            for (int i = 0; i < 2; i++) {
                assertSame(failure, assertThrows(IllegalStateException.class, queue::synchronize));
            }
            assertEquals(0, behind.get());
            compute.synchronize();
        }
    }

    @Test
    void closingInterruptsATaskThatWaitsForEver() {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<Throwable> end = new AtomicReference<>();
        AtomicReference<Thread> worker = new AtomicReference<>();
        try (Accelerator cpu = open(2)) {
            cpu.queue(QueueRole.COMMUNICATION).run(() -> {
                worker.set(Thread.currentThread());
                begun.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    end.set(e);
                }
            });
            pass(begun);
        }
        assertTrue(end.get() instanceof InterruptedException);
        assertFalse(worker.get().isAlive());
    }

    @Test
    void anotherDevicesEventIsRefused() {
        try (Accelerator cpu = open(2);
                Accelerator other = open(2)) {
            DeviceEvent foreign = other.queue(QueueRole.COMMUNICATION).record();
            for (QueueRole role : List.of(QueueRole.COMPUTE, QueueRole.COMMUNICATION)) {
                JavelinException e = assertThrows(
                        JavelinException.class, () -> cpu.queue(role).await(foreign));
                assertEquals("JVL-CPU-0003", e.code());
            }
        }
    }

    @Test
    void bothThreadsMayAllocateAtOnce() {
        try (Accelerator cpu = open(2)) {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            Runnable many = () -> {
                for (int i = 0; i < 5_000; i++) {
                    cpu.allocate(8, "small").close();
                }
            };
            queue.run(many);
            many.run();
            queue.synchronize();
            assertEquals(0, cpu.usage().liveBytes());
            assertTrue(cpu.usage().peakBytes() <= 16, "peak " + cpu.usage().peakBytes());
        }
    }
}
