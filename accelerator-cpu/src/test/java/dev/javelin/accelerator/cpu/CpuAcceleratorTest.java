package dev.javelin.accelerator.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Print;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuAcceleratorTest {

    private static Accelerator open(Map<String, String> options) {
        return new CpuProvider().open(new Options("accelerator.cpu", options));
    }

    private static Accelerator open() {
        return open(Map.of("threads", "1"));
    }

    private static JavelinException error(String code, Runnable action) {
        JavelinException e = assertThrows(JavelinException.class, action::run);
        assertEquals(code, e.code(), e.getMessage());
        return e;
    }

    @Test
    void usageCountsExactlyWhatWasAskedFor() {
        try (Accelerator cpu = open()) {
            DeviceMemory a = cpu.allocate(1001, "a");
            DeviceMemory b = cpu.allocate(5_000_003, "b");
            assertEquals(new Accelerator.Usage(5_001_004, 5_001_004), cpu.usage());
            assertEquals(1001, a.bytes());
            a.close();
            assertEquals(new Accelerator.Usage(5_000_003, 5_001_004), cpu.usage());
            DeviceMemory c = cpu.allocate(0, "c");
            b.close();
            b.close(); // a second close changes nothing
            c.close();
            assertEquals(new Accelerator.Usage(0, 5_001_004), cpu.usage());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 63, 4096, 4_194_303, 4_194_304, 20_000_001})
    void memoryIsAlignedAndItsOwn(long bytes) {
        try (Accelerator cpu = open()) {
            DeviceQueue queue = cpu.queue(QueueRole.COMPUTE);
            try (DeviceMemory a = cpu.allocate(bytes, "a");
                    DeviceMemory b = cpu.allocate(bytes, "b")) {
                assertEquals(0, a.address() % 64);
                assertNotEquals(a.address(), b.address());
                cpu.fill(queue, a.address(), bytes, (byte) 1);
                cpu.fill(queue, b.address(), bytes, (byte) 2);
                byte[] first = new byte[(int) bytes];
                cpu.copyToHost(queue, a.address(), MemorySegment.ofArray(first));
                for (byte value : first) {
                    assertEquals(1, value);
                }
            }
        }
    }

    @Test
    void aLimitIsObeyedAndTheErrorSaysWhoHoldsTheRest() {
        try (Accelerator cpu = open(Map.of("memoryBytes", "1000"))) {
            DeviceMemory state = cpu.allocate(600, "parameters");
            DeviceMemory more = cpu.allocate(100, "optimizer");
            JavelinException e = error("JVL-MEM-0001", () -> cpu.allocate(301, "temporaries"));
            assertTrue(e.getMessage().contains("301 bytes for temporaries"), e.getMessage());
            assertTrue(e.getMessage().contains("300 of 1000 bytes are free"), e.getMessage());
            assertTrue(e.getMessage().contains("optimizer 100, parameters 600"), e.getMessage());
            assertEquals(700, cpu.usage().liveBytes());
            state.close();
            cpu.allocate(301, "temporaries").close();
            more.close();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 50, Long.MAX_VALUE})
    void whatTheSystemCannotGiveIsOutOfMemoryToo(long bytes) {
        try (Accelerator cpu = open()) {
            JavelinException e = error("JVL-MEM-0001", () -> cpu.allocate(bytes, "temporaries"));
            assertTrue(e.getMessage().contains("held: nothing"), e.getMessage());
            assertEquals(new Accelerator.Usage(0, 0), cpu.usage());
        }
    }

    @Test
    void aNegativeSizeIsRefused() {
        try (Accelerator cpu = open()) {
            error("JVL-MEM-0002", () -> cpu.allocate(-1, "temporaries"));
        }
    }

    @Test
    void copiesGoToTheDeviceWithinItAndBack() {
        try (Accelerator cpu = open();
                DeviceMemory memory = cpu.allocate(20, "a")) {
            DeviceQueue queue = cpu.queue(QueueRole.TO_DEVICE);
            cpu.fill(queue, memory.address(), 20, (byte) 9);
            cpu.copyToDevice(queue, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}), memory.address() + 2);
            cpu.copy(queue, memory.address() + 2, memory.address() + 10, 4);
            byte[] back = new byte[20];
            cpu.copyToHost(queue, memory.address(), MemorySegment.ofArray(back));
            assertArrayEquals(new byte[] {9, 9, 1, 2, 3, 4, 9, 9, 9, 9, 1, 2, 3, 4, 9, 9, 9, 9, 9, 9}, back);
        }
    }

    @Test
    void aRoleHasOneQueueAndEventsAreAlwaysPassed() {
        try (Accelerator cpu = open()) {
            DeviceQueue compute = cpu.queue(QueueRole.COMPUTE);
            DeviceQueue copies = cpu.queue(QueueRole.TO_HOST);
            assertSame(compute, cpu.queue(QueueRole.COMPUTE));
            assertNotEquals(compute, copies);
            copies.await(compute.record());
            copies.synchronize();
        }
    }

    @Test
    void anotherDevicesQueueOrEventIsRefused() {
        try (Accelerator cpu = open();
                Accelerator other = open();
                DeviceMemory memory = cpu.allocate(8, "a")) {
            DeviceQueue foreign = other.queue(QueueRole.COMPUTE);
            error("JVL-CPU-0003", () -> cpu.fill(foreign, memory.address(), 8, (byte) 0));
            error("JVL-CPU-0003", () -> cpu.queue(QueueRole.COMPUTE).await(foreign.record()));
            TensorType type = TensorType.of(DType.FLOAT32, 2);
            Kernel kernel = cpu.prepare(new Fill(type, 1), List.of(), List.of(type));
            error("JVL-CPU-0003", () -> kernel.launch(foreign, new long[0], new long[] {memory.address()}, 0));
        }
    }

    @Test
    void anInstructionWithoutAKernelIsRefused() {
        try (Accelerator cpu = open()) {
            TensorType half = TensorType.of(DType.BFLOAT16, 2);
            assertTrue(cpu.planner()
                    .plan(new Unary(Unary.Kind.EXP), List.of(half), List.of(half))
                    .isEmpty());
            error("JVL-CPU-0001", () -> cpu.prepare(new Unary(Unary.Kind.EXP), List.of(half), List.of(half)));
            TensorType scalar = TensorType.of(DType.FLOAT32);
            error("JVL-CPU-0001", () -> cpu.prepare(new Print("x"), List.of(scalar), List.of()));
        }
    }

    @Test
    void aKernelThatFailsNamesItsOperation() {
        try (Accelerator cpu = open();
                DeviceMemory memory = cpu.allocate(64, "a")) {
            DeviceQueue queue = cpu.queue(QueueRole.COMPUTE);
            cpu.fill(queue, memory.address(), 64, (byte) 0); // so that the key says 0 rows
            TensorType type = TensorType.of(DType.FLOAT32, 3);
            Kernel kernel =
                    cpu.prepare(new RandomUniform(type, 1), List.of(TensorType.of(DType.INT32, 6)), List.of(type));
            long[] out = {memory.address() + 32};
            JavelinException e =
                    error("JVL-CPU-0002", () -> kernel.launch(queue, new long[] {memory.address()}, out, 0));
            assertTrue(e.getMessage().contains("random_uniform"), e.getMessage());
        }
    }

    @Test
    void adoptedMemoryCountsUntilItsCloseReleasesIt() {
        try (Accelerator cpu = open(Map.of("memoryBytes", "1000"));
                Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(512, 64).address();
            AtomicInteger releases = new AtomicInteger();
            DeviceMemory memory = cpu.adopt(address, 500, "shared", releases::incrementAndGet);
            assertEquals(address, memory.address());
            assertEquals(500, memory.bytes());
            assertEquals(new Accelerator.Usage(500, 500), cpu.usage());
            JavelinException e =
                    error("JVL-MEM-0001", () -> cpu.adopt(address, 501, "more", releases::incrementAndGet));
            assertTrue(e.getMessage().contains("held: shared 500"), e.getMessage());
            error("JVL-MEM-0004", () -> cpu.adopt(address + 8, 8, "crooked", releases::incrementAndGet));
            error("JVL-MEM-0002", () -> cpu.adopt(address, -1, "negative", releases::incrementAndGet));
            assertEquals(0, releases.get());
            memory.close();
            memory.close(); // a second close changes nothing
            assertEquals(1, releases.get());
            assertEquals(new Accelerator.Usage(0, 500), cpu.usage());
        }
    }

    @Test
    void closingWithMemoryHeldNamesItsPurpose() {
        Accelerator cpu = open();
        DeviceMemory memory = cpu.allocate(10, "state");
        JavelinException e = error("JVL-CPU-0004", cpu::close);
        assertTrue(e.getMessage().contains("state 10"), e.getMessage());
        memory.close();
        cpu.close();
        cpu.close(); // a second close changes nothing
        error("JVL-CPU-0003", () -> cpu.allocate(1, "late"));
        error("JVL-CPU-0003", () -> cpu.queue(QueueRole.COMPUTE));
    }

    @Test
    void twoDevicesLiveSideBySide() {
        try (Accelerator a = open(Map.of("threads", "2"));
                Accelerator b = open(Map.of("threads", "2"))) {
            DeviceMemory memory = a.allocate(100, "a");
            assertEquals(0, b.usage().liveBytes());
            memory.close();
        }
    }
}
