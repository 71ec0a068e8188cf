package dev.javelin.communicator.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.World;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.Worlds;
import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NcclFaultsTest {

    /** What a rank does. */
    private interface Body {
        void run(Communicator group, Accelerator gpu) throws Exception;
    }

    /** Runs the body as each of two ranks, with a GPU each; gives what each threw. */
    private static List<@Nullable Throwable> outcomes(IntUnaryOperator gpus, Body body) throws InterruptedException {
        Options options = EmulatedGpus.nccl();
        AtomicReferenceArray<@Nullable Throwable> thrown = new AtomicReferenceArray<>(2);
        try (World world = Worlds.threads(2, WorldOptions.standard())) {
            List<Thread> threads = new ArrayList<>();
            world.members()
                    .forEach(member -> threads.add(Thread.ofPlatform().daemon().start(() -> {
                        try (Accelerator gpu = EmulatedGpus.open(gpus.applyAsInt(member.rank()));
                                Communicator group = new NcclProvider().join(member, options)) {
                            body.run(group, gpu);
                        } catch (Throwable e) {
                            thrown.set(member.rank(), e);
                        }
                    })));
            for (Thread thread : threads) {
                thread.join();
            }
        }
        List<@Nullable Throwable> all = new ArrayList<>();
        all.add(thrown.get(0));
        all.add(thrown.get(1));
        return all;
    }

    private static void sum(Communicator group, Accelerator gpu, CountDownLatch... plugs) {
        DeviceQueue queue = gpu.queue(QueueRole.COMMUNICATION);
        try (DeviceMemory memory = gpu.allocate(4096, "test")) {
            gpu.fill(queue, memory.address(), 4096, (byte) 0);
            if (group.rank() == 1 && plugs.length > 0) {
                queue.run(() -> {
                    try {
                        plugs[0].await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            }
            group.allReduce(new Call(queue, 1), memory.address(), 1000, DType.FLOAT32);
            queue.synchronize();
        }
    }

    private static JavelinException error(String code, @Nullable Throwable thrown) {
        JavelinException error = assertInstanceOf(JavelinException.class, thrown);
        assertEquals(code, error.code(), error.getMessage());
        return error;
    }

    @Test
    void ranksThatShareAGpuAreRefusedWithWhoCan() throws InterruptedException {
        for (Throwable thrown : outcomes(rank -> 0, NcclFaultsTest::sum)) {
            assertTrue(error("JVL-COM-0004", thrown).getMessage().contains("communicator local"), "names local");
        }
    }

    @Test
    void whatNcclFindsAmissWhileItWorksEndsTheWaitOfTheQueue() throws InterruptedException {
        CountDownLatch plug = new CountDownLatch(1);
        List<@Nullable Throwable> thrown;
        try {
            thrown = outcomes(rank -> rank, (group, gpu) -> {
                if (group.rank() == 0) {
                    group.barrier(new Call(gpu.queue(QueueRole.COMMUNICATION), 0));
                    gpu.queue(QueueRole.COMMUNICATION).synchronize();
                    Thread.ofPlatform().start(() -> EmulatedGpus.failNccl("async", 6));
                } else {
                    group.barrier(new Call(gpu.queue(QueueRole.COMMUNICATION), 0));
                    gpu.queue(QueueRole.COMMUNICATION).synchronize();
                }
                try {
                    sum(group, gpu, plug);
                } finally {
                    plug.countDown();
                }
            });
        } finally {
            EmulatedGpus.failNccl("async", 0);
        }
        assertTrue(
                thrown.stream().anyMatch(each -> String.valueOf(each).contains("remote process")), thrown.toString());
        for (Throwable each : thrown) {
            assertEquals("COM", assertInstanceOf(JavelinException.class, each).area());
        }
    }

    @Test
    void aCodeOfTheLibraryIsToldInItsWords() throws InterruptedException {
        EmulatedGpus.failNccl("ncclAllReduce", 3);
        try {
            for (Throwable thrown : outcomes(rank -> rank, NcclFaultsTest::sum)) {
                String message = error("JVL-COM-0302", thrown).getMessage();
                assertTrue(message.contains("ncclAllReduce") && message.contains("internal error"), message);
            }
        } finally {
            EmulatedGpus.failNccl("ncclAllReduce", 0);
        }
    }

    @Test
    void withoutTheLibraryItIsSaidWhereItWasSoughtAndHowToGetIt(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("libnowhere.so.2"), "not a library");
        Path lib64 = Files.createDirectories(folder.resolve("lib64"));
        JavelinException error = assertThrows(
                JavelinException.class,
                () -> NcclLibrary.load("libnowhere.so.2", "", Map.of("CUDA_HOME", folder.toString())));
        assertEquals("JVL-COM-0301", error.code());
        assertTrue(
                error.problem().contains("libnowhere.so.2 in " + lib64 + " and where the system's loader looks"),
                error.problem());
        assertTrue(error.remedy().contains("libraryPath"), error.remedy());
        assertEquals(1, new NcclProvider().probe().reason().lines().count());
    }

    @Test
    void theFoldersThatAreNamedAreTheOnlyOnes(@TempDir Path folder) throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        Files.writeString(folder.resolve("libc.so.6"), "not a library");
        for (Path named : List.of(empty, folder)) {
            JavelinException error = assertThrows( // which the system's loader has
                    JavelinException.class, () -> NcclLibrary.load("libc.so.6", named.toString(), System.getenv()));
            assertEquals("JVL-COM-0301", error.code());
            assertTrue(error.problem().contains("libraryPath is '" + named + "'"), error.problem());
        }
    }

    @Test
    void structuresHaveTheSizesAndPlacesOfTheHeader() {
        assertEquals(48, Nccl.CONFIG.byteSize());
        assertEquals(32, Nccl.CONFIG.byteOffset(MemoryLayout.PathElement.groupElement("netName")));
        assertEquals(40, Nccl.CONFIG.byteOffset(MemoryLayout.PathElement.groupElement("splitShare")));
        assertEquals(128, Nccl.NCCL_UNIQUE_ID_BYTES);
    }
}
