package dev.javelin.communicator.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.communicator.host.ScalarTree;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.communicator.Disagreement;
import dev.javelin.spi.communicator.Seat.Closeness;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeviceRanksTest {

    private static TestWorld shared(int size) {
        return new TestWorld(size, Closeness.THREADS).on(rank -> new SharedDevice("one device", rank));
    }

    private static void assertRefused(List<@Nullable Throwable> thrown, String... parts) {
        for (Throwable each : thrown) {
            JavelinException error = assertInstanceOf(JavelinException.class, each);
            assertEquals("JVL-COM-0004", error.code());
            for (String part : parts) {
                assertTrue(String.valueOf(error.getMessage()).contains(part), error.getMessage());
            }
        }
    }

    private static List<@Nullable Throwable> sum(Closeness closeness, IntFunction<Accelerator> devices)
            throws InterruptedException {
        return new TestWorld(2, closeness).on(devices).outcomes(2, (group, device) -> {
            DeviceQueue queue = device.queue(QueueRole.COMMUNICATION);
            try (DeviceMemory memory = device.allocate(1 << 20, "test")) {
                group.allReduce(new Call(queue, 1), memory.address(), 1 << 16, DType.FLOAT32);
                queue.synchronize();
            }
        });
    }

    @Test
    void ranksWhoseDevicesShareNoMemoryAreRefusedWithWhoCan() throws InterruptedException {
        assertRefused(sum(Closeness.THREADS, rank -> new SharedDevice("GPU " + rank, rank)), "GPU 0", "GPU 1", "nccl");
    }

    @Test
    void aRankOnADeviceAndOneInMemoryOfTheHostAreRefused() throws InterruptedException {
        assertRefused(
                sum(Closeness.THREADS, rank -> rank == 0 ? new SharedDevice("GPU 0", 0) : Devices.open(2)), "host");
    }

    @Test
    void processesCannotShareADevice() throws InterruptedException {
        assertRefused(sum(Closeness.PROCESSES, rank -> new SharedDevice("GPU 0", rank)), "threads", "nccl");
    }

    @Test
    void theHostIsThroughWithACallBeforeItsQueuesHaveBegun() throws Exception {
        CountDownLatch enqueued = new CountDownLatch(3);
        AtomicBoolean late = new AtomicBoolean();
        shared(3).run(2, (group, device) -> {
            DeviceQueue queue = device.queue(QueueRole.COMMUNICATION);
            try (DeviceMemory memory = group.allocate(device, 1 << 16, "test");
                    Arena arena = Arena.ofConfined()) {
                Data.fill(memory.address(), 1 << 14, DType.FLOAT32, 1, group.rank());
                queue.run(() -> {
                    try {
                        enqueued.await();
                    } catch (InterruptedException e) {
                        late.set(true);
                    }
                });
                group.allReduce(new Call(queue, 1), memory.address(), 1 << 14, DType.FLOAT32);
                group.allReduce(new Call(queue, 2), memory.address(), 1 << 14, DType.FLOAT32);
                enqueued.countDown();
                queue.synchronize();
                Data.assertBytes(twice(arena, 1 << 14), memory.address(), "rank " + group.rank());
            }
        });
        assertFalse(late.get());
    }

    /** The sum over three ranks, of three of which it is the sum again. */
    private static MemorySegment twice(Arena arena, long elements) {
        MemorySegment once = Data.sum(arena, elements, DType.FLOAT32, 1, 0, 1, 2);
        MemorySegment twice = arena.allocate(elements * 4, 64);
        long[] same = {once.address(), once.address(), once.address()};
        ScalarTree.sum(DType.FLOAT32, same, twice.address(), elements);
        return twice;
    }

    @Test
    void callsFollowEachOtherThoughTheyAreMadeOnDifferentQueues() throws Exception {
        shared(4).run(2, (group, device) -> {
            long elements = 5_000;
            try (DeviceMemory memory = group.allocate(device, 4 * elements * 4, "test");
                    Arena arena = Arena.ofConfined()) {
                for (int call = 1; call <= 40; call++) {
                    Data.fill(memory.address(), elements, DType.FLOAT32, call, group.rank());
                    DeviceQueue compute = device.queue(QueueRole.COMPUTE);
                    DeviceQueue other = device.queue(QueueRole.COMMUNICATION);
                    group.allReduce(new Call(other, call), memory.address(), elements, DType.FLOAT32);
                    group.broadcast(new Call(compute, call), memory.address(), elements * 4, 3);
                    compute.synchronize();
                    Data.assertBytes(
                            Data.sum(
                                    arena,
                                    elements,
                                    DType.FLOAT32,
                                    call,
                                    IntStream.range(0, 4).toArray()),
                            memory.address(),
                            "call " + call + " on rank " + group.rank());
                    group.barrier(new Call(compute, call));
                    compute.synchronize();
                }
            }
        });
    }

    @Test
    void aRankThatDiffersIsNamedBeforeAnythingIsTouched() throws InterruptedException {
        List<@Nullable Throwable> thrown = shared(3).outcomes(1, (group, device) -> {
            DeviceQueue queue = device.queue(QueueRole.COMMUNICATION);
            try (DeviceMemory memory = group.allocate(device, 4096, "test");
                    Arena arena = Arena.ofConfined()) {
                Data.fill(memory.address(), 1000, DType.FLOAT32, 1, group.rank());
                try {
                    group.allReduce(
                            new Call(queue, 1), memory.address(), group.rank() == 1 ? 999 : 1000, DType.FLOAT32);
                } finally {
                    queue.synchronize();
                    Data.assertBytes(
                            Data.of(arena, 1000, DType.FLOAT32, 1, group.rank()), memory.address(), "untouched");
                }
            }
        });
        for (Throwable each : thrown) {
            assertEquals(1, assertInstanceOf(Disagreement.class, each).other());
        }
    }

    @Test
    void anAbortEndsTheWaitingOfAll() throws InterruptedException {
        List<@Nullable Throwable> thrown = shared(3).outcomes(1, (group, device) -> {
            DeviceQueue queue = device.queue(QueueRole.COMMUNICATION);
            group.barrier(new Call(queue, 1));
            if (group.rank() == 2) {
                group.abort("out of patience");
            }
            group.barrier(new Call(queue, 2));
            group.barrier(new Call(queue, 3));
        });
        for (Throwable each : thrown) {
            assertEquals(
                    "JVL-COM-0003",
                    assertInstanceOf(JavelinException.class, each).code());
        }
    }

    @Test
    void aRankMayGoWithItsDeviceWhileOthersAreStillEnqueuing() throws Exception {
        for (int round = 0; round < 30; round++) {
            shared(4).run(1, (group, device) -> {
                DeviceQueue queue = device.queue(QueueRole.COMMUNICATION);
                try (DeviceMemory memory = group.allocate(device, 4096, "test")) {
                    group.allReduce(new Call(queue, 1), memory.address(), 64, DType.FLOAT32);
                    queue.synchronize();
                }
            });
        }
    }

    @Test
    void nothingOfTheDeviceIsTakenForIt() throws Exception {
        shared(3).run(1, (group, device) -> {
            DeviceQueue queue = device.queue(QueueRole.COMMUNICATION);
            try (DeviceMemory memory = group.allocate(device, 1 << 16, "test")) {
                for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16, DType.INT32)) {
                    group.allReduce(new Call(queue, 1), memory.address(), 1000, dtype);
                    group.reduceScatter(new Call(queue, 2), memory.address(), memory.address() + (1 << 15), 77, dtype);
                }
                try (Communicator part = group.split(0, 0).orElseThrow()) {
                    part.allReduce(new Call(queue, 3), memory.address() + 2, 100, DType.FLOAT16);
                    queue.synchronize();
                }
                assertEquals(1 << 16, device.usage().peakBytes());
            }
        });
    }
}
