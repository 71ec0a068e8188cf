package dev.javelin.engine.world;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Disagreement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThreadWorldTest {
    private static final WorldOptions OPTIONS = WorldOptions.standard()
            .withTimeoutMillis(1_000)
            .withHeartbeatMillis(50)
            .withLog(line -> {});

    @Test
    void everyRankRunsOnAThreadOfItsOwnAndTheResultsComeInOrder() {
        try (World world = Worlds.threads(3, OPTIONS)) {
            List<String> names =
                    world.run(member -> member.rank() + Thread.currentThread().getName());

            assertEquals(List.of("0javelin-rank-0", "1javelin-rank-1", "2javelin-rank-2"), names);
            assertEquals(List.of(0, 1, 2), world.run(Member::rank));
        }
    }

    @Test
    void whatOneRankPutsAllRanksGetEvenIfTheyAskFirst() {
        try (World world = Worlds.threads(3, OPTIONS)) {
            List<byte[]> got = world.run(member -> {
                if (member.rank() == 2) {
                    member.put("key", new byte[] {1, 2, 3});
                }
                return member.get("key");
            });

            got.forEach(value -> assertArrayEquals(new byte[] {1, 2, 3}, value));
        }
    }

    @Test
    void aFailureThatCannotBePutIntoWordsLeavesNobodyWaiting() {
        try (World world = Worlds.threads(2, OPTIONS)) {
            IllegalStateException error = assertThrows(
                    IllegalStateException.class,
                    () -> world.run(member -> {
                        if (member.rank() == 1) {
                            throw new Unspeakable();
                        }
                        return member.get("never put");
                    }));

            assertTrue(error.getMessage().contains("rank 1"), error.getMessage());
        }
    }

    /** As an error is when memory is too short for its text. */
    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String toString() {
            throw new OutOfMemoryError("of the test");
        }
    }

    @Test
    void aKeyIsPutOnce() {
        try (World world = Worlds.threads(1, OPTIONS)) {
            IllegalArgumentException error = assertThrows(
                    IllegalArgumentException.class,
                    () -> world.run(member -> {
                        member.put("key", new byte[1]);
                        member.put("key", new byte[1]);
                        return member;
                    }));
            assertTrue(error.getMessage().contains("'key'"), error.getMessage());
        }
    }

    @Test
    void ranksShareTheObjectThatTheFirstOfThemMakes() {
        try (World world = Worlds.threads(4, OPTIONS)) {
            List<Object> objects = world.run(member -> member.shared("it", Object.class, Object::new));

            assertEquals(1, Set.copyOf(objects).size());
        }
    }

    @Test
    void ranksConnectPairwiseByName() {
        try (World world = Worlds.threads(3, OPTIONS)) {
            List<Integer> sums = world.run(ThreadWorldTest::exchange);

            assertEquals(List.of(30, 31, 32), sums);
        }
    }

    /** Sends 15 to every other rank; returns the sum of what came and its own rank. */
    private static int exchange(Member member) {
        List<SocketChannel> peers = IntStream.range(0, member.size())
                .filter(peer -> peer != member.rank())
                .mapToObj(peer -> member.connect(peer, "ring"))
                .collect(Collectors.toList());
        int sum = 0;
        try {
            for (SocketChannel peer : peers) {
                peer.write(ByteBuffer.allocate(4).putInt(0, 15));
            }
            for (SocketChannel peer : peers) {
                ByteBuffer word = ByteBuffer.allocate(4);
                while (word.hasRemaining()) {
                    assertTrue(peer.read(word) > 0);
                }
                sum += word.getInt(0);
                peer.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sum + member.rank();
    }

    @Test
    void theOthersWaitingEndsWithTheNameOfTheRankThatThrew() {
        IllegalStateException broken = new IllegalStateException("broken model");
        try (World world = Worlds.threads(3, OPTIONS.withTimeoutMillis(60_000))) {
            RankFailure failure = assertThrows(
                    RankFailure.class,
                    () -> world.run(member -> {
                        member.pulse().enter(Pulse.Phase.TRAIN);
                        member.pulse().collective(1);
                        if (member.rank() == 1) {
                            throw broken;
                        }
                        return member.get("never");
                    }));

            assertEquals("JVL-RNK-0003", failure.code());
            assertEquals(1, failure.rank());
            assertTrue(failure.getMessage().contains("broken model"), failure.getMessage());
            assertSame(broken, failure.getCause());
        }
    }

    @Test
    void anErrorOfAllRanksBeforeTheFirstCollectiveIsTheirs() {
        try (World world = Worlds.threads(3, OPTIONS)) {
            JavelinException error = assertThrows(
                    JavelinException.class,
                    () -> world.run(member -> {
                        throw new JavelinException("JVL-CFG-0001", "wrong batch", "change it");
                    }));

            assertEquals("JVL-CFG-0001", error.code());
        }
    }

    @Test
    void anErrorOfOneRankAtTheStartIsItsOwnEvenIfTheOthersWait() {
        try (World world = Worlds.threads(2, OPTIONS.withTimeoutMillis(60_000))) {
            RankFailure failure = assertThrows(
                    RankFailure.class,
                    () -> world.run(member -> {
                        if (member.rank() == 0) {
                            throw new JavelinException("JVL-DAT-0001", "no file", "bring it");
                        }
                        return member.get("never");
                    }));

            assertEquals("JVL-RNK-0003", failure.code());
            assertEquals(0, failure.rank());
            assertEquals("bring it", failure.remedy());
        }
    }

    @Test
    void aRankThatIsStuckOutsideOfAnyCollectiveIsNamedAndLeftBehind() {
        CountDownLatch never = new CountDownLatch(1);
        try (World world = Worlds.threads(2, OPTIONS)) {
            RankFailure failure = assertThrows(
                    RankFailure.class,
                    () -> world.run(member -> {
                        member.pulse().enter(Pulse.Phase.TRAIN);
                        member.pulse().step(7);
                        if (member.rank() == 1) {
                            member.pulse().at("matmul of h.3");
                            awaitForEver(never);
                        }
                        member.describe(ticket -> "all_reduce of unit h." + ticket);
                        member.pulse().collective(3);
                        return member.get("never");
                    }));

            assertEquals("JVL-RNK-0002", failure.code());
            assertEquals(1, failure.rank());
            String text = failure.problem();
            assertTrue(text.contains("step 7"), text);
            assertTrue(text.contains("matmul of h.3"), text);
            assertTrue(text.contains("rank 0 waits in all_reduce of unit h.3"), text);
        } finally {
            never.countDown();
        }
    }

    private static void awaitForEver(CountDownLatch never) {
        boolean passed = false;
        while (!passed) {
            try {
                never.await();
                passed = true;
            } catch (InterruptedException e) {
                // As a native call would: deaf.
                assertFalse(passed);
            }
        }
    }

    @Test
    void aLongEvaluationOfOneRankIsNoFailure() {
        try (World world = Worlds.threads(2, OPTIONS.withTimeoutMillis(300))) {
            List<Integer> got = world.run(member -> {
                member.pulse().enter(Pulse.Phase.TRAIN);
                if (member.rank() == 0) {
                    member.pulse().enter(Pulse.Phase.EVALUATE);
                    long begin = System.nanoTime();
                    while (System.nanoTime() - begin < 1_200_000_000L) {
                        Thread.onSpinWait();
                    }
                    member.put("after", new byte[] {5});
                    return 5;
                }
                member.pulse().collective(1);
                int value = member.get("after")[0];
                member.pulse().collectiveDone();
                return value;
            });

            assertEquals(List.of(5, 5), got);
        }
    }

    @Test
    void aRankWhoseCallDiffersIsNamedWithBothCalls() {
        try (World world = Worlds.threads(2, OPTIONS)) {
            RankFailure failure = assertThrows(
                    RankFailure.class,
                    () -> world.run(member -> {
                        member.pulse().enter(Pulse.Phase.TRAIN);
                        member.describe(ticket -> "all_reduce number " + ticket + " as of rank " + member.rank());
                        member.pulse().collective(7 + member.rank());
                        if (member.rank() == 0) {
                            throw new Disagreement(0, 7, 1, 8, "ticket 7 met ticket 8");
                        }
                        return member.get("never");
                    }));

            assertEquals("JVL-RNK-0004", failure.code());
            assertEquals(1, failure.rank());
            assertTrue(failure.problem().contains("all_reduce number 8 as of rank 1"), failure.problem());
            assertTrue(failure.problem().contains("all_reduce number 7 as of rank 0"), failure.problem());
        }
    }
}
