package dev.javelin.engine.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.Party.Outcome;
import dev.javelin.spi.communicator.Disagreement;
import dev.javelin.spi.communicator.Seat.Closeness;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Worlds of several processes, which are threads here: they share nothing but the loopback interface. */
@Timeout(120)
class JoinedWorldTest {
    private final Party party = new Party();

    /** Each rank gives its number to the next one, by a connection, and what it got to all, by the store. */
    private static int ring(Member member) {
        member.pulse().enter(Pulse.Phase.TRAIN);
        int next = (member.rank() + 1) % member.size();
        int last = (member.rank() + member.size() - 1) % member.size();
        try (SocketChannel to = member.connect(next, member.rank() + "to" + next);
                SocketChannel from = member.connect(last, last + "to" + member.rank())) {
            assertTrue(to.isBlocking() && from.isBlocking());
            to.write(ByteBuffer.allocate(4).putInt(0, member.rank()));
            ByteBuffer word = ByteBuffer.allocate(4);
            while (word.hasRemaining()) {
                assertTrue(from.read(word) > 0);
            }
            member.put("of" + member.rank(), word.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int sum = 0;
        for (int rank = 0; rank < member.size(); rank++) {
            sum += ByteBuffer.wrap(member.get("of" + rank)).getInt();
        }
        return sum;
    }

    @Test
    void processesWithSeveralRanksEachMeetAndExchange() {
        List<Outcome<Integer>> outcomes = party.run(
                Stream.of(0, 1, 2)
                        .map(i -> party.place(i, 3).withRanks(List.of(2, 1, 2)))
                        .toList(),
                JoinedWorldTest::ring);

        assertEquals(
                List.of(List.of(10, 10), List.of(10), List.of(10, 10)),
                outcomes.stream().map(Outcome::results).toList(),
                outcomes::toString);
        assertEquals(List.of(), List.copyOf(party.lines));
    }

    @Test
    void processesOfOneHostKnowIt() {
        List<Outcome<Closeness>> outcomes = party.run(2, Member::closeness);

        assertEquals(List.of(Closeness.PROCESSES), outcomes.getFirst().results());
        assertEquals(
                List.of(Closeness.THREADS),
                new Party().run(1, Member::closeness).getFirst().results());
    }

    @Test
    void withoutASecretProcessesOfOneUserAgreeOnOneAndLeaveNoFile() throws IOException {
        Set<Path> before = files();
        List<Outcome<Integer>> outcomes = party.run(
                Stream.of(0, 1)
                        .map(i -> party.place(i, 2).withSecret(Optional.empty()))
                        .toList(),
                JoinedWorldTest::ring);

        assertEquals(List.of(1), outcomes.getFirst().results(), outcomes::toString);
        Set<Path> after = files();
        after.removeAll(before);
        assertEquals(Set.of(), after);
    }

    private static Set<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(file ->
                            file.getFileName().toString().startsWith("javelin-" + System.getProperty("user.name")))
                    .collect(Collectors.toCollection(HashSet::new));
        }
    }

    /** All processes got one and the same verdict. */
    private static RankFailure common(List<? extends Outcome<?>> outcomes) {
        RankFailure first = outcomes.getFirst().failure();
        outcomes.forEach(each -> assertEquals(first.getMessage(), each.failure().getMessage()));
        return first;
    }

    @Test
    void aRankThatThrowsIsNamedAlikeInAllProcesses() {
        List<Outcome<byte[]>> outcomes = party.run(3, member -> {
            member.pulse().enter(Pulse.Phase.TRAIN);
            member.pulse().step(3);
            member.describe(ticket -> "all_reduce of unit h." + ticket);
            member.pulse().collective(5);
            if (member.rank() == 2) {
                throw new IllegalStateException("broken model");
            }
            return member.get("never");
        });

        RankFailure failure = common(outcomes);
        assertEquals("JVL-RNK-0003", failure.code());
        assertEquals(2, failure.rank());
        assertTrue(failure.problem().contains("pid " + ProcessHandle.current().pid()), failure.problem());
        assertTrue(failure.problem().contains("broken model"), failure.problem());
        assertTrue(failure.problem().contains("all_reduce of unit h.5"), failure.problem());
        assertInstanceOf(IllegalStateException.class, outcomes.get(2).failure().getCause());
    }

    @Test
    void anErrorOfAllRanksBeforeTheFirstCollectiveIsTheirs() {
        List<Outcome<Object>> outcomes = party.run(2, member -> {
            throw new JavelinException("JVL-CFG-0001", "wrong batch", "change it");
        });

        for (Outcome<Object> each : outcomes) {
            assertEquals("JVL-CFG-0001", ((JavelinException) each.thrown().orElseThrow()).code());
        }
    }

    @Test
    void aRankThatStandsStillIsNamed() {
        List<Outcome<byte[]>> outcomes = party.run(2, member -> {
            member.pulse().enter(Pulse.Phase.TRAIN);
            member.pulse().at("matmul of h.3");
            if (member.rank() == 0) {
                spinUntilInterrupted();
            }
            member.pulse().collective(1);
            return member.get("never");
        });

        RankFailure failure = common(outcomes);
        assertEquals("JVL-RNK-0002", failure.code());
        assertEquals(0, failure.rank());
        assertTrue(failure.problem().contains("matmul of h.3"), failure.problem());
    }

    private static void spinUntilInterrupted() {
        while (!Thread.interrupted()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void ranksThatAllWaitForEachOtherAreToldInWhat() {
        List<Outcome<byte[]>> outcomes = party.run(2, member -> {
            member.pulse().enter(Pulse.Phase.TRAIN);
            member.describe(ticket -> "all_gather of unit head");
            member.pulse().collective(1);
            return member.get("never");
        });

        RankFailure failure = common(outcomes);
        assertEquals("JVL-RNK-0002", failure.code());
        assertEquals(-1, failure.rank());
        assertTrue(failure.problem().contains("ranks 0, 1 have waited"), failure.problem());
        assertTrue(failure.problem().contains("all_gather of unit head"), failure.problem());
    }

    @Test
    void disagreeingRanksAreToldBothCallsEachInItsOwnWords() {
        List<Outcome<byte[]>> outcomes = party.run(3, member -> {
            member.pulse().enter(Pulse.Phase.TRAIN);
            member.describe(ticket -> "call " + ticket + " of rank " + member.rank());
            long ticket = member.rank() == 1 ? 9 : 8;
            member.pulse().collective(ticket);
            if (member.rank() == 2) {
                throw new Disagreement(2, 8, 1, 9, "tickets differ");
            }
            return member.get("never");
        });

        RankFailure failure = common(outcomes);
        assertEquals("JVL-RNK-0004", failure.code());
        assertEquals(1, failure.rank());
        assertTrue(
                failure.problem().contains("call 9 of rank 1 while ranks 0, 2 are in call 8 of rank 0"),
                failure.problem());
    }

    @Test
    void aProcessThatLeavesBeforeItsEndIsLost() {
        CompletableFuture<Outcome<byte[]>> other =
                party.start(party.place(0, 2), party.options, member -> member.get("never"));
        Worlds.join(party.place(1, 2), party.options).close();

        RankFailure failure = other.join().failure();
        assertEquals("JVL-RNK-0001", failure.code());
        assertEquals(1, failure.rank());
        assertTrue(failure.problem().contains("left the world before its end"), failure.problem());
    }

    @Test
    void aWorldMayRunSeveralTimesAndALossInALaterRunIsOne() {
        CompletableFuture<RankFailure> other = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try (World world = Worlds.join(party.place(0, 2), party.options)) {
                world.run(Member::rank);
                world.run(Member::rank);
                other.complete(assertThrows(RankFailure.class, () -> world.run(member -> member.get("never"))));
            } catch (RuntimeException | AssertionError e) {
                other.completeExceptionally(e);
            }
        });
        CountDownLatch never = new CountDownLatch(1);
        World world = Worlds.join(party.place(1, 2), party.options);
        assertEquals(List.of(1), world.run(Member::rank));
        assertEquals(List.of(1), world.run(Member::rank));
        Thread.ofPlatform()
                .daemon()
                .start(() -> world.run(member -> {
                    never.countDown();
                    return member.get("never");
                }));
        awaitUninterrupted(never);
        world.close();

        assertEquals("JVL-RNK-0001", other.join().code());
        assertEquals(1, other.join().rank());
    }

    @Test
    void theProcessThatWatchesIsNamedWhenItIsLost() {
        CompletableFuture<Outcome<byte[]>> other =
                party.start(party.place(1, 2), party.options, member -> member.get("never"));
        Worlds.join(party.place(0, 2), party.options).close();

        RankFailure failure = other.join().failure();
        assertEquals("JVL-RNK-0001", failure.code());
        assertEquals(0, failure.rank());
    }

    @Test
    void aProcessThatDoesNotJoinInTimeIsNamed() {
        WorldOptions hurried = party.options.withJoinTimeoutMillis(500);
        List<CompletableFuture<Outcome<byte[]>>> present = Stream.of(0, 2)
                .map(i -> party.start(party.place(i, 3), hurried, member -> member.get("never")))
                .toList();

        for (CompletableFuture<Outcome<byte[]>> each : present) {
            RankFailure failure = each.join().failure();
            assertEquals("JVL-RNK-0005", failure.code());
            assertEquals(1, failure.rank());
        }
    }

    @Test
    void aProcessThatFindsNoRendezvousSaysSo() {
        JavelinException error = assertThrows(
                JavelinException.class, () -> Worlds.join(party.place(1, 2), party.options.withJoinTimeoutMillis(300)));

        assertEquals("JVL-RNK-0006", error.code());
        assertTrue(error.problem().contains("127.0.0.1 port " + party.port), error.problem());
    }

    @Test
    void aRendezvousPortThatIsTakenIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(party.port, 1, InetAddress.getLoopbackAddress())) {
            JavelinException error =
                    assertThrows(JavelinException.class, () -> Worlds.join(party.place(0, 2), party.options));
            assertEquals("JVL-RNK-0006", error.code());
            assertTrue(error.problem().contains("" + taken.getLocalPort()), error.problem());
        }
    }

    /** Lets a process try to join a world of two while that waits for its second one; the world then runs. */
    private JavelinException refused(WorldPlace stranger, WorldOptions how) {
        CompletableFuture<Outcome<Integer>> zero = party.start(party.place(0, 2), party.options, JoinedWorldTest::ring);
        JavelinException error = (JavelinException) party.start(stranger, how, JoinedWorldTest::ring)
                .join()
                .thrown()
                .orElseThrow();
        CompletableFuture<Outcome<Integer>> one = party.start(party.place(1, 2), party.options, JoinedWorldTest::ring);

        assertEquals(List.of(1), zero.join().results());
        assertEquals(List.of(1), one.join().results());
        assertEquals(1, party.lines.size(), party.lines::toString);
        return error;
    }

    @Test
    void aStrangerWithAWrongSecretIsRefusedAndDisturbsNobody() {
        JavelinException error = refused(party.place(1, 2).withSecret(Optional.of(Secret.random())), party.options);

        assertEquals("JVL-RNK-0007", error.code());
        assertTrue(party.lines.element().contains("does not know the secret"), party.lines::toString);
    }

    @Test
    void aProcessOfAnotherJobIsRefused() {
        WorldPlace place = WorldPlace.of("ball", 1, 2, "127.0.0.1", party.port).withSecret(Optional.of(party.secret));
        JavelinException error = refused(place, party.options);

        assertEquals("JVL-RNK-0008", error.code());
        assertTrue(error.problem().contains("'ball'") && error.problem().contains("'party'"), error.problem());
    }

    @Test
    void aProcessOfAnotherVersionIsRefused() {
        JavelinException error = refused(party.place(1, 2), party.options.withVersion("9.9"));

        assertEquals("JVL-RNK-0008", error.code());
        assertTrue(error.problem().contains("9.9"), error.problem());
    }

    @Test
    void aProcessThatCountsOtherwiseIsRefused() {
        JavelinException error = refused(party.place(1, 3), party.options);

        assertEquals("JVL-RNK-0008", error.code());
        assertTrue(error.problem().contains("3 processes with 1 rank each, the world 2"), error.problem());
    }

    @Test
    void aSecondProcessWithOneNumberIsRefusedWithTheNameOfTheFirst() {
        CountDownLatch refused = new CountDownLatch(1);
        World.RankBody<Integer> body = member -> {
            awaitUninterrupted(refused);
            return ring(member);
        };
        CompletableFuture<Outcome<Integer>> zero = party.start(party.place(0, 2), party.options, body);
        try (World world = Worlds.join(party.place(1, 2), party.options)) {
            JavelinException error =
                    assertThrows(JavelinException.class, () -> Worlds.join(party.place(1, 2), party.options));
            refused.countDown();

            assertEquals("JVL-RNK-0008", error.code());
            assertTrue(error.problem().contains("pid " + ProcessHandle.current().pid()), error.problem());
            assertEquals(List.of(1), world.run(body));
        }
        assertEquals(List.of(1), zero.join().results());
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void garbageOnTheRendezvousPortIsDroppedWithALineAndDisturbsNobody() throws IOException {
        long seed = 20_26;
        Random random = new Random(seed);
        CompletableFuture<Outcome<Integer>> zero = party.start(party.place(0, 2), party.options, JoinedWorldTest::ring);
        byte[] noise = new byte[5_000];
        random.nextBytes(noise);
        awaitPort();
        int before = party.lines.size();
        Party.send(party.port, noise);
        Party.send(party.port, "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        Party.send(party.port, new byte[0]);
        CompletableFuture<Outcome<Integer>> one = party.start(party.place(1, 2), party.options, JoinedWorldTest::ring);

        assertEquals(List.of(1), zero.join().results(), "seed " + seed);
        assertEquals(List.of(1), one.join().results(), "seed " + seed);
        assertTrue(party.lines.size() >= before + 3, party.lines::toString);
    }

    private void awaitPort() {
        boolean open = false;
        while (!open) {
            try {
                Party.send(party.port, new byte[1]);
                open = true;
            } catch (IOException e) {
                Thread.onSpinWait();
            }
        }
    }
}
