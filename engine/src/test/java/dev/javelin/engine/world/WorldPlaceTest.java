package dev.javelin.engine.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.cluster.ClusterPlace;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorldPlaceTest {
    private static final ClusterPlace HOSTS =
            ClusterPlace.of("job-7", 3, 4).withLocal(1, 2).withRendezvous("node-1", 29_400);

    @TempDir
    private Path folder;

    private Path secret(String text) throws IOException {
        return Files.writeString(folder.resolve("secret"), text);
    }

    private static String code(Runnable call) {
        return assertThrows(JavelinException.class, call::run).code();
    }

    @Test
    void aClusterSaysWhereToMeetAndEachProcessHasItsRanks() throws IOException {
        Path file = secret("0123456789abcdef0123\n");
        WorldPlace place = WorldPlace.of(HOSTS, 2, Optional.empty(), Optional.of(file));

        assertEquals("node-1", place.host());
        assertEquals(29_400, place.port());
        assertEquals(List.of(2, 2, 2, 2), place.ranks());
        assertEquals(8, place.size());
        assertEquals(6, place.firstRank());
        assertFalse(place.serves());
        assertEquals("job-7", place.job());
        assertTrue(WorldPlace.of(
                        ClusterPlace.of("job-7", 0, 2).withRendezvous("node-1", 1),
                        1,
                        Optional.empty(),
                        Optional.of(file))
                .serves());
    }

    @Test
    void theUsersRendezvousIsTakenBeforeTheClusters() throws IOException {
        Optional<Path> file = Optional.of(secret("0123456789abcdef"));
        WorldPlace place = WorldPlace.of(HOSTS, 1, Optional.of("10.0.0.9:77"), file);

        assertEquals("10.0.0.9", place.host());
        assertEquals(77, place.port());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "node-1", "node-1:", ":77", "node-1:0", "node-1:70000", "node-1:x"})
    void aRendezvousThatNamesNoHostOrPortIsRefused(String rendezvous) throws IOException {
        Optional<Path> file = Optional.of(secret("0123456789abcdef"));

        assertEquals("JVL-CLU-0003", code(() -> WorldPlace.of(HOSTS, 1, Optional.of(rendezvous), file)));
    }

    @Test
    void aClusterThatDoesNotTellNeedsTheUserTo() {
        assertEquals(
                "JVL-CLU-0003",
                code(() -> WorldPlace.of(ClusterPlace.of("j", 0, 2), 1, Optional.empty(), Optional.empty())));
    }

    @Test
    void severalHostsNeedASecretAndOneDoesNot() {
        assertEquals("JVL-CLU-0004", code(() -> WorldPlace.of(HOSTS, 1, Optional.empty(), Optional.empty())));
        assertEquals(
                Optional.empty(),
                WorldPlace.of(ClusterPlace.of("j", 1, 2), 1, Optional.of("localhost:77"), Optional.empty())
                        .secret());
    }

    @Test
    void aSecretThatIsMissingOrShortIsRefusedWithoutShowingIt() throws IOException {
        assertEquals("JVL-RNK-0009", code(() -> Secret.ofFile(folder.resolve("nowhere"))));
        Path file = secret("tooshort\n");
        JavelinException error = assertThrows(JavelinException.class, () -> Secret.ofFile(file));
        assertEquals("JVL-RNK-0009", error.code());
        assertFalse(error.getMessage().contains("tooshort"), error.getMessage());
        assertFalse(Secret.random().toString().contains("="));
    }

    @Test
    void theLineOfALauncherHoldsThePlace() {
        WorldPlace place = WorldPlace.of("j", 1, 3, "127.0.0.1", 77)
                .withRanks(List.of(1, 2, 1))
                .withSecret(Optional.of(Secret.random()));
        WorldPlace read =
                WorldPlace.fromStdin(new ByteArrayInputStream(place.line().getBytes(StandardCharsets.UTF_8)));

        assertEquals(
                place.secret().orElseThrow().encoded(),
                read.secret().orElseThrow().encoded());
        assertEquals(place.withSecret(Optional.empty()).withLaunched(), read.withSecret(Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "{}", "[1]", "{\"job\":\"j\"}", "null"})
    void whatIsNoLineOfALauncherIsRefused(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);

        assertEquals("JVL-RNK-0009", code(() -> WorldPlace.fromStdin(new ByteArrayInputStream(bytes))));
    }

    @Test
    void aProcessBeyondTheLastIsRefused() {
        assertEquals("JVL-CLU-0002", code(() -> WorldPlace.of("j", 2, 2, "localhost", 77)));
    }
}
