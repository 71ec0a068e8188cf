package dev.javelin.engine.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts, played by two network namespaces with a link between them; needs root and iproute2. */
@Timeout(120)
class SeveralHostsTest {
    private static final long TIMEOUT_MILLIS = 2_000;
    private static final int PORT = 29_400;
    private static final String ZERO = "10.213.77.1";

    private final String name = "jv" + ProcessHandle.current().pid();
    private final List<Process> processes = new ArrayList<>();

    @TempDir
    private Path folder;

    private static boolean ip(String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @BeforeEach
    void twoHosts() throws InterruptedException, IOException {
        boolean can = ip("netns", "add", name + "a") && ip("netns", "add", name + "b");
        if (!can) {
            System.err.println("SKIPPED: two hosts need network namespaces (root and iproute2)");
        }
        assumeTrue(can, "network namespaces need root and iproute2");
        assertTrue(ip("link", "add", "v0", "netns", name + "a", "type", "veth", "peer", "v1", "netns", name + "b"));
        host("a", "v0", ZERO);
        host("b", "v1", "10.213.77.2");
        Files.writeString(folder.resolve("secret"), Secret.random().encoded());
    }

    private void host(String letter, String link, String address) throws InterruptedException {
        assertTrue(ip("-n", name + letter, "addr", "add", address + "/24", "dev", link));
        assertTrue(ip("-n", name + letter, "link", "set", link, "up"));
        assertTrue(ip("-n", name + letter, "link", "set", "lo", "up"));
    }

    @AfterEach
    void noHosts() throws InterruptedException {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            process.waitFor();
        }
        ip("netns", "del", name + "a");
        ip("netns", "del", name + "b");
    }

    private Process start(int process, long rounds) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name + (process == 0 ? "a" : "b")));
        command.addAll(Java.command(
                RankProcess.class, "clean", rounds, TIMEOUT_MILLIS, process, 2, PORT, ZERO, folder.resolve("secret")));
        Process started = new ProcessBuilder(command).start();
        processes.add(started);
        return started;
    }

    private static String errors(Process process) throws IOException {
        return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void processesOnTwoHostsMeetAndKnowThatTheyAreApart() throws IOException, InterruptedException {
        Process zero = start(0, 500);
        Process one = start(1, 500);
        String told = errors(zero) + errors(one);

        assertEquals(0, zero.waitFor(), told);
        assertEquals(0, one.waitFor(), told);
        assertEquals(
                "sum 500 ranks 2 HOSTS\n", new String(zero.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    @Test
    void eachSideNamesTheOtherWhenTheLinkGoesDown() throws IOException, InterruptedException {
        Process zero = start(0, 1_000_000_000);
        Process one = start(1, 1_000_000_000);
        zero.getErrorStream().readNBytes(4);
        assertTrue(ip("-n", name + "a", "link", "set", "v0", "down"));
        String zeros = errors(zero);
        String ones = errors(one);

        assertEquals(4, zero.waitFor(), zeros);
        assertEquals(4, one.waitFor(), ones);
        assertTrue(zeros.contains("JVL-RNK-0001 rank 1 ("), zeros);
        assertTrue(zeros.contains("rank 0 waits in round"), zeros);
        assertTrue(ones.contains("JVL-RNK-0001 rank 0 ("), ones);
    }
}
