package dev.javelin.accelerator.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.Fill;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.HostMemory;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The opened GPU, on the emulated driver: memory, queues, events, copies, and what is told when they fail. */
class CudaAcceleratorTest {
    private static Accelerator open(Map<String, String> options) {
        return new CudaProvider().open(EmulatedGpu.options(options));
    }

    private static Accelerator open() {
        return open(Map.of());
    }

    private static JavelinException error(String code, Executable action) {
        JavelinException e = assertThrows(JavelinException.class, action);
        assertEquals(code, e.code(), e.getMessage());
        return e;
    }

    @Test
    void whatIsHeldIsCountedToTheByteAndTheRestIsOutside() {
        try (Accelerator gpu = open()) {
            long outside = gpu.outsideBytes();
            assertTrue(outside > 0, "a context takes some");
            DeviceMemory state = gpu.allocate(1_000_001, "state");
            DeviceMemory temporaries = gpu.allocate(3, "temporaries");
            assertEquals(0, state.address() % gpu.planner().alignmentBytes());
            assertEquals(1_000_004, gpu.usage().liveBytes());
            temporaries.close();
            temporaries.close();
            assertEquals(1_000_001, gpu.usage().liveBytes());
            assertEquals(1_000_004, gpu.usage().peakBytes());
            JavelinException leak = error("JVL-CUD-0004", gpu::close);
            assertTrue(leak.getMessage().contains("state 1000001"), leak.getMessage());
            state.close();
        }
    }

    @Test
    void memoryThatIsNotThereIsToldWithWhoHoldsIt() {
        try (Accelerator gpu = open();
                DeviceMemory state = gpu.allocate(1 << 20, "state")) {
            JavelinException e = error("JVL-MEM-0001", () -> gpu.allocate(1L << 40, "temporaries"));
            assertTrue(e.getMessage().contains("1099511627776 bytes for temporaries"), e.getMessage());
            assertTrue(e.getMessage().contains("bytes of the GPU are free"), e.getMessage());
            assertTrue(e.getMessage().contains("held: state 1048576"), e.getMessage());
            assertTrue(e.getMessage().contains("by the driver, libraries and other processes"), e.getMessage());
            assertEquals(state.bytes(), gpu.usage().liveBytes());
        }
    }

    @Test
    void aLimitOnMemoryIsObeyed() {
        try (Accelerator gpu = open(Map.of("memoryBytes", "1000"));
                DeviceMemory some = gpu.allocate(600, "some")) {
            assertEquals(1000, gpu.planner().memoryBytes());
            error("JVL-MEM-0001", () -> gpu.allocate(401, "more"));
            gpu.allocate(400, "rest").close();
            assertEquals(600, some.bytes());
        }
    }

    @Test
    void copiesFromHeapAndPinnedMemoryArrive() {
        try (Accelerator gpu = open();
                DeviceMemory memory = gpu.allocate(8, "test");
                HostMemory pinned = gpu.hostMemory(8, "staging")) {
            DeviceQueue queue = gpu.queue(QueueRole.TO_DEVICE);
            gpu.fill(queue, memory.address(), 8, (byte) 9);
            gpu.copyToDevice(queue, MemorySegment.ofArray(new byte[] {1, 2, 3}), memory.address());
            gpu.copy(queue, memory.address(), memory.address() + 4, 3);
            gpu.copyToHost(queue, memory.address(), pinned.segment());
            queue.synchronize();
            byte[] expected = {1, 2, 3, 9, 1, 2, 3, 9};
            assertArrayEquals(expected, pinned.segment().toArray(ValueLayout.JAVA_BYTE));
            byte[] heap = new byte[8];
            gpu.copyToHost(queue, memory.address(), MemorySegment.ofArray(heap));
            queue.synchronize();
            assertArrayEquals(expected, heap);
        }
    }

    @Test
    void queuesRunSideBySideAndEventsOrderThem() {
        try (Accelerator gpu = open()) {
            DeviceQueue compute = gpu.queue(QueueRole.COMPUTE);
            DeviceQueue copies = gpu.queue(QueueRole.TO_HOST);
            CountDownLatch gate = new CountDownLatch(1);
            AtomicInteger order = new AtomicInteger();
            int[] seen = new int[2];
            DeviceEvent event = gpu.event();
            copies.await(event); // never recorded: nothing to wait for
            compute.run(() -> pass(gate));
            copies.run(() -> {});
            copies.synchronize(); // would not return if it waited for the compute queue
            compute.run(() -> seen[0] = order.incrementAndGet());
            compute.record(event);
            copies.await(event);
            copies.run(() -> seen[1] = order.incrementAndGet());
            gate.countDown();
            copies.synchronize();
            assertArrayEquals(new int[] {1, 2}, seen);
            event.synchronize();
            event.close();
            assertTrue(compute.handle().isPresent());
            assertSame(gpu, compute.device());
        }
    }

    private static void pass(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatATaskOfTheHostThrowsEndsItsQueueAndReachesThoseThatWaitedForIt() {
        try (Accelerator gpu = open()) {
            DeviceQueue communication = gpu.queue(QueueRole.COMMUNICATION);
            DeviceQueue compute = gpu.queue(QueueRole.COMPUTE);
            DeviceQueue copies = gpu.queue(QueueRole.TO_HOST);
            IllegalStateException lost = new IllegalStateException("a rank is lost");
            CountDownLatch gate = new CountDownLatch(1);
            AtomicInteger behind = new AtomicInteger();
            DeviceEvent before = communication.record();
            communication.run(() -> pass(gate));
            communication.run(() -> {
                throw lost;
            });
            communication.run(behind::incrementAndGet);
            DeviceEvent after = communication.record();
            compute.await(after);
            gate.countDown();
            assertSame(lost, assertThrows(IllegalStateException.class, compute::synchronize));
            assertSame(lost, assertThrows(IllegalStateException.class, communication::synchronize));
            assertSame(lost, assertThrows(IllegalStateException.class, after::synchronize));
            assertSame(lost, assertThrows(IllegalStateException.class, () -> copies.await(after)));
            before.synchronize();
            copies.await(before);
            copies.synchronize();
            assertEquals(0, behind.get());
        }
    }

    @Test
    void aThreadThatDidNotOpenItMayUseIt() throws InterruptedException, ExecutionException {
        try (Accelerator gpu = open()) {
            FutureTask<Long> elsewhere = new FutureTask<>(() -> {
                try (DeviceMemory memory = gpu.allocate(16, "elsewhere")) {
                    gpu.fill(gpu.queue(QueueRole.COMPUTE), memory.address(), 16, (byte) 1);
                    gpu.queue(QueueRole.COMPUTE).synchronize();
                    return memory.bytes();
                }
            });
            Thread.ofPlatform().start(elsewhere);
            assertEquals(16L, elsewhere.get());
        }
    }

    @Test
    void whatBelongsToAnotherDeviceIsRefused() {
        try (Accelerator gpu = open();
                Accelerator other = open()) {
            DeviceQueue foreign = other.queue(QueueRole.COMPUTE);
            error("JVL-CUD-0003", () -> gpu.fill(foreign, 0, 1, (byte) 0));
            gpu.queue(QueueRole.COMPUTE).await(foreign.record()); // the same GPU opened twice
        }
        Accelerator closed = open();
        closed.close();
        closed.close();
        error("JVL-CUD-0003", () -> closed.queue(QueueRole.COMPUTE));
        error("JVL-CUD-0003", () -> closed.allocate(1, "late"));
    }

    @Test
    void anInstructionWithoutKernelIsRefusedByName() {
        TensorType words = TensorType.of(DType.BOOL, 2, 2);
        try (Accelerator gpu = open()) {
            JavelinException e =
                    error("JVL-CUD-0001", () -> gpu.prepare(new Unknown(), List.of(words), List.of(words)));
            assertTrue(e.getMessage().contains("unknown"), e.getMessage());
        }
    }

    /** An operation that nobody has a kernel for. */
    private record Unknown() implements dev.javelin.api.Operation {
        @Override
        public String name() {
            return "unknown";
        }

        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            return inputs;
        }
    }

    @Test
    void readiedKernelsAreLaunchedAgainAndAgain() {
        TensorType row = TensorType.of(DType.FLOAT32, 4);
        try (Accelerator gpu = open();
                DeviceMemory memory = gpu.allocate(row.bytes(), "row")) {
            DeviceQueue queue = gpu.queue(QueueRole.COMPUTE);
            var kernel = gpu.prepare(new Fill(row, 2.5), List.of(), List.of(row));
            float[] values = new float[4];
            for (int round = 0; round < 3; round++) {
                gpu.fill(queue, memory.address(), row.bytes(), (byte) -1);
                kernel.launch(queue, new long[0], new long[] {memory.address()}, 0);
                gpu.copyToHost(queue, memory.address(), MemorySegment.ofArray(values));
                queue.synchronize();
                assertArrayEquals(new float[] {2.5f, 2.5f, 2.5f, 2.5f}, values);
            }
        }
    }

    @Test
    void aPlannerWithoutAGpuAgreesWithTheOpenedOneOfItsModel() {
        TensorType table = TensorType.of(DType.FLOAT32, 100, 64);
        TensorType ids = TensorType.of(DType.INT32, 32);
        var planned =
                new CudaProvider().planner(new dev.javelin.spi.Options("accelerator.cuda", Map.of("model", "h200")));
        try (Accelerator gpu = open(Map.of("model", "h200"))) {
            var outputs = new Embedding().infer(List.of(table, ids));
            assertEquals(
                    planned.plan(new Embedding(), List.of(table, ids), outputs),
                    gpu.planner().plan(new Embedding(), List.of(table, ids), outputs));
            assertEquals(planned.memoryBytes(), gpu.planner().memoryBytes());
            assertEquals(planned.rates(), gpu.planner().rates());
        }
    }
}
