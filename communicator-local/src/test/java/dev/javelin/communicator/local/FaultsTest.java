package dev.javelin.communicator.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.communicator.Disagreement;
import dev.javelin.spi.communicator.Seat.Closeness;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FaultsTest {

    /** What a rank does at a call number, each in its own way. */
    private interface Step {
        void call(Communicator group, Call call, long buffer);
    }

    private static List<@Nullable Throwable> outcomes(int size, Closeness closeness, int odd, Step usual, Step other)
            throws InterruptedException {
        return new TestWorld(size, closeness).outcomes(1, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            try (DeviceMemory memory = group.allocate(cpu, 1 << 20, "test")) {
                group.barrier(new Call(queue, 1));
                (group.rank() == odd ? other : usual).call(group, new Call(queue, 2), memory.address());
            }
        });
    }

    @ParameterizedTest
    @CsvSource({
        "kind, 3, 0",
        "kind, 4, 3",
        "bytes, 3, 1",
        "type, 3, 2",
        "root, 5, 4",
        "ticket, 3, 1",
        "kind, 2, 0",
        "ticket, 2, 1"
    })
    void theRankThatDiffersIsNamedByAll(String what, int size, int odd) throws InterruptedException {
        Step usual = (group, call, buffer) -> group.allReduce(call, buffer, 1000, DType.FLOAT32);
        Step spread = (group, call, buffer) -> group.broadcast(call, buffer, 100_000, 0);
        Step other = switch (what) {
            case "kind" -> (group, call, buffer) -> group.barrier(call);
            case "bytes" -> (group, call, buffer) -> group.allReduce(call, buffer, 100_000, DType.FLOAT32);
            case "type" -> (group, call, buffer) -> group.allReduce(call, buffer, 1000, DType.INT32);
            case "root" -> (group, call, buffer) -> group.broadcast(call, buffer, 100_000, 1);
            default ->
                (group, call, buffer) -> group.allReduce(new Call(call.queue(), 77), buffer, 1000, DType.FLOAT32);
        };
        for (Closeness closeness : new Closeness[] {Closeness.THREADS, Closeness.PROCESSES}) {
            List<@Nullable Throwable> thrown =
                    outcomes(size, closeness, odd, what.equals("root") ? spread : usual, other);
            for (int rank = 0; rank < size; rank++) {
                Disagreement e = assertInstanceOf(Disagreement.class, thrown.get(rank), "rank " + rank);
                assertEquals("JVL-COM-0002", e.code());
                int named = size == 2 ? 1 - rank : odd;
                assertEquals(named, e.other(), e.getMessage());
                assertEquals(named == odd && what.equals("ticket") ? 77 : 2, e.otherTicket(), e.getMessage());
                assertTrue(e.getMessage().contains("rank " + named + " calls"), e.getMessage());
            }
        }
    }

    @Test
    void aMessageOfAnotherSizeOrTicketIsADisagreementOfBoth() throws InterruptedException {
        for (int sent : new int[] {100, 200}) {
            List<@Nullable Throwable> thrown = outcomes(
                    2,
                    Closeness.THREADS,
                    0,
                    (group, call, buffer) -> group.recv(call, buffer, 100, 0),
                    (group, call, buffer) -> group.send(new Call(call.queue(), sent == 100 ? 9 : 2), buffer, sent, 1));
            for (int rank = 0; rank < 2; rank++) {
                assertEquals(
                        1 - rank,
                        assertInstanceOf(Disagreement.class, thrown.get(rank)).other());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Closeness.class,
            names = {"THREADS", "PROCESSES"})
    void anAbortFromAnotherThreadEndsTheWaitingOfAll(Closeness closeness) throws InterruptedException {
        List<@Nullable Throwable> thrown = new TestWorld(3, closeness).outcomes(1, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            group.barrier(new Call(queue, 1));
            if (group.rank() == 0) {
                Thread aborting = Thread.ofPlatform().start(() -> group.abort("out of patience"));
                aborting.join();
            }
            group.barrier(new Call(queue, 2));
            group.barrier(new Call(queue, 3)); // for one that was through before
        });
        for (Throwable each : thrown) {
            JavelinException e = assertInstanceOf(JavelinException.class, each);
            assertEquals("JVL-COM-0003", e.code());
            assertTrue(e.getMessage().contains("rank 0: out of patience"), e.getMessage());
        }
    }

    @Test
    void anAbortOfThePartsWholeEndsThePart() throws InterruptedException {
        List<@Nullable Throwable> thrown = new TestWorld(2, Closeness.THREADS).outcomes(1, (world, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            try (Communicator part = world.split(0, 0).orElseThrow()) {
                if (part.rank() == 0) {
                    world.abort("no more");
                }
                part.barrier(new Call(queue, 1));
                part.barrier(new Call(queue, 2));
            }
        });
        for (Throwable each : thrown) {
            assertEquals(
                    "JVL-COM-0003",
                    assertInstanceOf(JavelinException.class, each).code());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Closeness.class,
            names = {"THREADS", "PROCESSES"})
    void waitingForARankThatDoesNotComeEndsWithWhatTheSeatSays(Closeness closeness) throws InterruptedException {
        TestWorld world = new TestWorld(2, closeness);
        IllegalStateException lost = new IllegalStateException("rank 1 is lost");
        CountDownLatch ended = new CountDownLatch(1);
        List<@Nullable Throwable> thrown = world.outcomes(2, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            group.barrier(new Call(queue, 1));
            queue.synchronize();
            if (group.rank() == 1) {
                ended.await();
                return;
            }
            group.barrier(new Call(queue, 2));
            world.stop(lost);
            try {
                queue.synchronize();
            } finally {
                ended.countDown();
            }
        });
        assertSame(lost, thrown.get(0));
    }

    @Test
    void closingWhileACallWaitsEndsItAndWaitsForNobody() throws InterruptedException {
        CountDownLatch closed = new CountDownLatch(1);
        List<@Nullable Throwable> thrown = new TestWorld(2, Closeness.PROCESSES).outcomes(2, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            group.barrier(new Call(queue, 1));
            queue.synchronize();
            if (group.rank() == 1) {
                closed.await();
                return;
            }
            group.barrier(new Call(queue, 2));
            group.close();
            group.close(); // a second call does nothing
            closed.countDown();
            group.abort("too late, and of no effect");
            queue.synchronize();
        });
        assertEquals(
                "JVL-COM-0003",
                assertInstanceOf(JavelinException.class, thrown.get(0)).code());
        assertEquals(null, thrown.get(1));
    }

    @Test
    void afterAnErrorTheGroupIsOfNoMoreUse() throws InterruptedException {
        AtomicReference<@Nullable JavelinException> later = new AtomicReference<>();
        outcomes(2, Closeness.THREADS, 0, (group, call, buffer) -> group.barrier(call), (group, call, buffer) -> {
            assertThrows(Disagreement.class, () -> group.broadcast(call, buffer, 8, 0));
            try (Accelerator cpu = Devices.open(1)) {
                Call another = new Call(cpu.queue(QueueRole.COMPUTE), 3);
                later.set(assertThrows(JavelinException.class, () -> group.barrier(another)));
            }
        });
        assertEquals(
                "JVL-COM-0003",
                assertInstanceOf(JavelinException.class, later.get()).code());
    }

    @Test
    void argumentsThatCannotBeAreRefusedAtOnce() throws Exception {
        new TestWorld(2, Closeness.THREADS).run(1, (group, cpu) -> {
            Call call = new Call(cpu.queue(QueueRole.COMMUNICATION), 1);
            for (Runnable bad : List.<Runnable>of(
                    () -> group.allGather(call, 0, 0, -1),
                    () -> group.allReduce(call, 0, Long.MAX_VALUE / 2, DType.FLOAT32),
                    () -> group.allReduce(call, 0, 1, DType.UINT8),
                    () -> group.reduceScatter(call, 0, 0, 1, DType.BOOL),
                    () -> group.broadcast(call, 0, 1, 2),
                    () -> group.send(call, 0, 1, group.rank()),
                    () -> group.recv(call, 0, 1, -1),
                    () -> group.allocate(cpu, -1, "negative"))) {
                assertEquals(
                        "JVL-COM-0001",
                        assertThrows(JavelinException.class, bad::run).code());
            }
            group.barrier(call); // and nobody has met yet
        });
    }

    @Test
    void theServiceLoaderFindsItAndSeveralHostsAreRefusedWithWhoCan() throws InterruptedException {
        FaultsTest.class.getModule().addUses(CommunicatorProvider.class);
        CommunicatorProvider local = ServiceLoader.load(CommunicatorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("local"))
                .findFirst()
                .orElseThrow();
        assertTrue(local.probe().available(), local.probe().reason());
        assertTrue(local.abilities().treeSums());
        assertFalse(local.abilities().hosts());
        List<@Nullable Throwable> thrown = new TestWorld(1, Closeness.HOSTS).outcomes(1, (group, cpu) -> {});
        JavelinException e = assertInstanceOf(JavelinException.class, thrown.getFirst());
        assertEquals("JVL-COM-0004", e.code());
        assertTrue(e.getMessage().contains("tcp"), e.getMessage());
    }

    @Test
    @SuppressWarnings("NullAway") // options are refused before the seat is looked at
    void itTakesNoOptions() {
        Options options = new Options("communicator.local", Map.of("window", "1"));
        JavelinException e = assertThrows(JavelinException.class, () -> new LocalProvider().join(null, options));
        assertEquals("JVL-CFG-0009", e.code());
    }
}
