package dev.javelin.communicator.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.communicator.tcp.LoopbackWorld.LoopbackSeat;
import dev.javelin.communicator.tcp.LoopbackWorld.Outcome;
import dev.javelin.spi.Options;
import dev.javelin.spi.Spi;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.communicator.Disagreement;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TcpFailureTest {
    private static final LoopbackWorld.Inline QUEUE = new LoopbackWorld.Inline();
    private static final long BIG = 64L << 20;

    private static Call call(long ticket) {
        return new Call(QUEUE, ticket);
    }

    /** Three ranks, of which rank 2 does something else: all must name it, and it names one of them. */
    private static void checkDisagreement(String words, Consumer<Communicator> common, Consumer<Communicator> other)
            throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(3)) {
            List<Outcome<Object>> outcomes = world.outcomes((group, seat) -> {
                (group.rank() == 2 ? other : common).accept(group);
                return null;
            });
            for (int rank = 0; rank < 3; rank++) {
                Disagreement e =
                        assertInstanceOf(Disagreement.class, outcomes.get(rank).error(), "rank " + rank);
                assertEquals("JVL-COM-0002", e.code());
                assertEquals(rank, e.rank());
                assertTrue(rank == 2 ? e.other() < 2 : e.other() == 2, e.getMessage());
                assertTrue(e.getMessage().contains(words), e.getMessage());
            }
        }
    }

    @Test
    void allRanksSeeThatOneHasAnotherTicket() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            checkDisagreement(
                    "ticket 8",
                    group -> group.allReduce(call(7), Buffers.empty(arena, BIG).address(), BIG / 4, DType.FLOAT32),
                    group -> group.allReduce(call(8), Buffers.empty(arena, BIG).address(), BIG / 4, DType.FLOAT32));
        }
    }

    @Test
    void allRanksSeeThatOneMakesAnotherCall() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            checkDisagreement(
                    "allGather of 4096 bytes",
                    group -> group.allReduce(call(7), Buffers.empty(arena, BIG).address(), BIG / 4, DType.FLOAT32),
                    group -> {
                        long full = Buffers.empty(arena, 3 * 4096).address();
                        group.allGather(call(7), full, full, 4096);
                    });
        }
    }

    @Test
    void allRanksSeeThatOneHasAnotherSize() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            checkDisagreement(
                    "allReduce of 1001 F32",
                    group -> group.allReduce(call(7), Buffers.empty(arena, 4004).address(), 1000, DType.FLOAT32),
                    group -> group.allReduce(call(7), Buffers.empty(arena, 4004).address(), 1001, DType.FLOAT32));
        }
    }

    @Test
    void allRanksSeeThatOneHasAnotherType() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            checkDisagreement(
                    "1000 I32",
                    group -> group.allReduce(call(7), Buffers.empty(arena, 4000).address(), 1000, DType.FLOAT32),
                    group -> group.allReduce(call(7), Buffers.empty(arena, 4000).address(), 1000, DType.INT32));
        }
    }

    @Test
    void allRanksSeeThatOneHasAnotherRootOrNothingToDo() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            checkDisagreement(
                    "from rank 1",
                    group -> group.broadcast(call(7), Buffers.empty(arena, 4000).address(), 4000, 0),
                    group -> group.broadcast(call(7), Buffers.empty(arena, 4000).address(), 4000, 1));
            checkDisagreement(
                    "barrier",
                    group -> group.broadcast(call(7), Buffers.empty(arena, 4000).address(), 0, 0),
                    group -> group.barrier(call(7)));
        }
    }

    @Test
    void allRanksSeeThatOneSkippedACall() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            checkDisagreement(
                    "ticket 4",
                    group -> {
                        for (long ticket = 0; ticket < 6; ticket++) {
                            group.allReduce(
                                    call(ticket), Buffers.empty(arena, 1 << 20).address(), 1 << 18, DType.FLOAT32);
                        }
                    },
                    group -> {
                        for (long ticket = 0; ticket < 6; ticket++) {
                            if (ticket != 3) {
                                group.allReduce(
                                        call(ticket),
                                        Buffers.empty(arena, 1 << 20).address(),
                                        1 << 18,
                                        DType.FLOAT32);
                            }
                        }
                    });
        }
    }

    @Test
    void aReceiverSeesThatItIsSentAnotherSize() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(2);
                Arena arena = Arena.ofShared()) {
            List<Outcome<Object>> outcomes = world.outcomes((group, seat) -> {
                long buffer = Buffers.empty(arena, 100).address();
                if (group.rank() == 0) {
                    group.send(call(1), buffer, 100, 1);
                    group.barrier(call(2));
                } else {
                    group.recv(call(1), buffer, 99, 0);
                }
                return null;
            });
            Disagreement e =
                    assertInstanceOf(Disagreement.class, outcomes.get(1).error());
            assertTrue(e.getMessage().contains("send of 100 bytes"), e.getMessage());
            assertTrue(outcomes.get(0).error() instanceof JavelinException, "the sender is told at its next call");
        }
    }

    @Test
    void aPeerThatVanishesInTheMiddleOfATransferIsNamed() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(3);
                Arena arena = Arena.ofShared()) {
            List<Outcome<Object>> outcomes = world.outcomes((group, seat) -> {
                if (group.rank() == 2) {
                    vanishIn(seat, group);
                    return null;
                }
                group.allReduce(call(1), Buffers.empty(arena, BIG).address(), BIG / 4, DType.FLOAT32);
                return null;
            });
            for (int rank = 0; rank < 2; rank++) {
                JavelinException e = assertInstanceOf(
                        JavelinException.class, outcomes.get(rank).error());
                assertTrue(List.of("JVL-COM-0101", "JVL-COM-0003").contains(e.code()), e.getMessage());
                assertTrue(e.getMessage().contains("allReduce of 16777216 F32"), e.getMessage());
            }
            assertTrue(
                    outcomes.stream()
                            .anyMatch(o -> o.error() instanceof JavelinException e
                                    && e.code().equals("JVL-COM-0101")
                                    && e.getMessage().contains("the connection to rank 2 was lost")),
                    () -> outcomes.toString());
        }
    }

    /** Says what the others expect, sends some bytes, and is gone without a word. */
    private static void vanishIn(LoopbackSeat seat, Communicator group) throws IOException {
        for (SocketChannel channel : seat.opened) {
            java.nio.ByteBuffer message = java.nio.ByteBuffer.allocate(100_000);
            Header.of(Header.Kind.ALL_REDUCE, 0, 1, BIG / 4)
                    .withDtype(DType.FLOAT32)
                    .write(message);
            message.rewind();
            channel.write(message);
        }
        for (SocketChannel channel : seat.opened) {
            channel.close();
        }
    }

    @Test
    void whatTheWorldKnowsOfALostRankIsReportedInsteadOfTheBrokenConnection() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(2);
                Arena arena = Arena.ofShared()) {
            List<Outcome<Object>> outcomes = world.outcomes((group, seat) -> {
                if (group.rank() == 1) {
                    vanishIn(seat, group);
                    world.stop(new JavelinException("JVL-RNK-0001", "rank 1 was killed", "look at its log"));
                    return null;
                }
                group.allReduce(call(1), Buffers.empty(arena, BIG).address(), BIG / 4, DType.FLOAT32);
                return null;
            });
            assertEquals("JVL-RNK-0001", ((JavelinException) outcomes.get(0).error()).code());
        }
    }

    @Test
    void whoWaitsForAStalledPeerAsksTheWorldOftenAndEndsWithItsWord() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        try (LoopbackWorld world = new LoopbackWorld(2);
                Arena arena = Arena.ofShared()) {
            List<Outcome<Object>> outcomes = world.outcomes((group, seat) -> {
                if (group.rank() == 1) {
                    ended.await();
                    return null;
                }
                long began = System.nanoTime();
                seat.whenWaiting = () -> {
                    // Fifteen hundred milliseconds of waiting: six quarters of a second.
                    if (System.nanoTime() - began > 1_500_000_000L) {
                        world.stop(new JavelinException("JVL-RNK-0002", "rank 1 stands still", "look at it"));
                    }
                };
                try {
                    group.allReduce(call(1), Buffers.empty(arena, BIG).address(), BIG / 4, DType.FLOAT32);
                } finally {
                    ended.countDown();
                }
                return null;
            });
            JavelinException e =
                    assertInstanceOf(JavelinException.class, outcomes.get(0).error());
            assertEquals("JVL-RNK-0002", e.code());
        }
    }

    @Test
    void theTimeOfWaitingBeginsAnewWheneverBytesFlow() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(2);
                Arena arena = Arena.ofShared()) {
            List<Long> distinct = world.run((group, seat) -> {
                java.util.Set<Long> since = new java.util.HashSet<>();
                dev.javelin.spi.communicator.Seat noting = new NotingSeat(seat, since::add);
                try (Communicator second = new TcpProvider().join(noting, Options.none("communicator.tcp"))) {
                    long buffer = Buffers.empty(arena, 1000).address();
                    for (int i = 0; i < 3; i++) {
                        second.broadcast(call(i), buffer, 1000, i % 2);
                    }
                }
                return (long) since.size();
            });
            assertTrue(distinct.get(0) + distinct.get(1) > 1, "beginnings seen: " + distinct);
        }
    }

    /** Another seat of the same rank, whose waiting is noted. */
    private record NotingSeat(LoopbackSeat seat, java.util.function.LongConsumer note)
            implements dev.javelin.spi.communicator.Seat {
        @Override
        public int rank() {
            return seat.rank();
        }

        @Override
        public int size() {
            return seat.size();
        }

        @Override
        public Closeness closeness() {
            return seat.closeness();
        }

        @Override
        public void put(String key, byte[] value) {
            seat.put("second " + key, value);
        }

        @Override
        public byte[] get(String key) {
            return seat.get("second " + key);
        }

        @Override
        public SocketChannel connect(int peer, String name) {
            return seat.connect(peer, "second " + name);
        }

        @Override
        public <T> T shared(String key, Class<T> type, java.util.function.Supplier<T> maker) {
            return seat.shared(key, type, maker);
        }

        @Override
        public void waiting(long sinceNanos) {
            note.accept(sinceNanos);
            seat.waiting(sinceNanos);
        }
    }

    @Test
    void abortFromAnotherThreadEndsACallHereAndOnTheOthers() throws Exception {
        CountDownLatch aborted = new CountDownLatch(1);
        try (LoopbackWorld world = new LoopbackWorld(3)) {
            List<Outcome<Object>> outcomes = world.outcomes((group, seat) -> {
                if (group.rank() == 0) {
                    // Begins to wait, is aborted by another thread, and only then does rank 2 come. Rank 1 waits for it
                    // too.
                    CountDownLatch waiting = new CountDownLatch(1);
                    seat.whenWaiting = waiting::countDown;
                    Thread.ofPlatform().start(() -> {
                        try {
                            waiting.await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        group.abort("the user said so");
                    });
                } else if (group.rank() == 2) {
                    aborted.await();
                }
                try {
                    group.barrier(call(1));
                } finally {
                    aborted.countDown(); // by rank 0 or by rank 1, who was told by rank 0
                }
                group.barrier(call(2));
                return null;
            });
            for (Outcome<Object> outcome : outcomes) {
                JavelinException e = assertInstanceOf(JavelinException.class, outcome.error());
                assertEquals("JVL-COM-0003", e.code(), e.getMessage());
                assertTrue(e.getMessage().contains("the user said so"), e.getMessage());
            }
        }
    }

    @Test
    void afterAnAbortEveryCallFailsAtOnce() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(2)) {
            world.run((group, seat) -> {
                Communicator part = group.split(0, 0).orElseThrow();
                part.abort("enough");
                for (Communicator one : List.of(part, group)) {
                    JavelinException e = assertThrows(JavelinException.class, () -> one.barrier(call(1)));
                    assertEquals("JVL-COM-0003", e.code());
                    assertTrue(e.getMessage().contains("enough"), e.getMessage());
                }
                return null;
            });
        }
    }

    @Test
    void aClosedGroupIsOfNoUseAndClosingTwiceDoesNothing() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(2)) {
            world.run((group, seat) -> {
                Communicator part = group.split(0, 0).orElseThrow();
                part.close();
                part.close();
                assertEquals(
                        "JVL-COM-0003",
                        assertThrows(JavelinException.class, () -> part.barrier(call(1)))
                                .code());
                group.barrier(call(2));
                group.close();
                group.close();
                assertEquals(
                        "JVL-COM-0003",
                        assertThrows(JavelinException.class, () -> group.barrier(call(3)))
                                .code());
                for (SocketChannel channel : seat.opened) {
                    assertFalse(channel.isOpen());
                }
                return null;
            });
        }
    }

    @Test
    void aPeerThatClosedIsNamed() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(2)) {
            List<Outcome<Object>> outcomes = world.outcomes((group, seat) -> {
                if (group.rank() == 0) {
                    group.barrier(call(1));
                }
                return null;
            });
            JavelinException e =
                    assertInstanceOf(JavelinException.class, outcomes.get(0).error());
            assertEquals("JVL-COM-0003", e.code());
            assertTrue(e.getMessage().contains("rank 1 has left: closed"), e.getMessage());
        }
    }

    @Test
    void argumentsThatCannotBeAreRefusedAndTheGroupStaysOfUse() throws Exception {
        try (LoopbackWorld world = new LoopbackWorld(2)) {
            world.run((group, seat) -> {
                List<Runnable> wrong = List.of(
                        () -> group.allGather(call(1), 0, 0, -1),
                        () -> group.allReduce(call(1), 0, -1, DType.FLOAT32),
                        () -> group.allReduce(call(1), 0, 1, DType.BOOL),
                        () -> group.reduceScatter(call(1), 0, 0, 1, DType.UINT8),
                        () -> group.broadcast(call(1), 0, 0, 2),
                        () -> group.broadcast(call(1), 0, 0, -1),
                        () -> group.send(call(1), 0, 0, group.rank()),
                        () -> group.recv(call(1), 0, 0, 2));
                for (Runnable one : wrong) {
                    assertEquals(
                            "JVL-COM-0001",
                            assertThrows(JavelinException.class, one::run).code());
                }
                group.barrier(call(2));
                return null;
            });
        }
    }

    @Test
    void theServiceLoaderFindsItByNameAndItTakesNoOptions() throws Exception {
        TcpFailureTest.class.getModule().addUses(CommunicatorProvider.class);
        CommunicatorProvider found = ServiceLoader.load(CommunicatorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(p -> p.name().equals("tcp"))
                .findFirst()
                .orElseThrow();
        assertEquals(Spi.MAJOR, found.spiMajor());
        assertTrue(found.probe().available(), found.probe().reason());
        assertTrue(found.abilities().treeSums());
        Options options = new Options("communicator.tcp", Map.of("speed", "high"));
        try (LoopbackWorld world = new LoopbackWorld(1)) {
            world.run((group, seat) -> {
                assertEquals(
                        "JVL-CFG-0009",
                        assertThrows(JavelinException.class, () -> found.join(seat, options))
                                .code());
                return null;
            });
        }
    }
}
