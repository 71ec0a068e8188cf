package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Two hosts, played by two network namespaces with names and a link of their own; they see the same files. Closing
 * removes them.
 */
final class TwoHosts implements AutoCloseable {
    /** A free port on each of them: nothing else runs there. */
    static final int PORT = 29_500;

    private final String name = "jvf" + ProcessHandle.current().pid();
    private final List<String> names = List.of(name + "a", name + "b");
    private final Path folder;

    /**
     * @param folder for the secret that both share
     */
    TwoHosts(Path folder) {
        Needs.program("ip", "iproute2");
        Needs.root();
        this.folder = folder;
        names.forEach(host -> quietly("netns", "del", host));
        if (!quietly("netns", "add", names.getFirst())) {
            Needs.skip("this system makes no network namespaces");
        }
        try {
            ip("netns", "add", names.getLast());
            ip("link", "add", "v0", "netns", names.getFirst(), "type", "veth", "peer", "v1", "netns", names.getLast());
            for (int host = 0; host < 2; host++) {
                ip("-n", names.get(host), "addr", "add", address(host) + "/24", "dev", "v" + host);
                ip("-n", names.get(host), "link", "set", "v" + host, "up");
                ip("-n", names.get(host), "link", "set", "lo", "up");
            }
            Path secret = Files.createFile(
                    secret(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(secret, "bm9ib2R5IGVsc2Uga25vd3MgdGhpcyBzZWNyZXQgaGVyZQ==");
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    String address(int host) {
        return "10.213.78." + (host + 1);
    }

    /** Where the first host waits for the second. */
    String rendezvous() {
        return address(0) + ":" + PORT;
    }

    Path secret() {
        return folder.resolve("secret");
    }

    /** Stands before a command that runs on a host. */
    List<String> on(int host) {
        String hostname = "javelin-" + (host == 0 ? "a" : "b");
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", names.get(host)));
        command.addAll(List.of("unshare", "--uts", "/bin/sh", "-c", "hostname " + hostname + "; exec \"$@\"", "sh"));
        return command;
    }

    /** What mpirun starts its part on the second host with, instead of a remote shell: {@code AGENT HOST COMMAND...}. */
    Path agent() throws IOException {
        Path agent = folder.resolve("agent");
        Files.writeString(
                agent,
                "#!/bin/sh\nshift\nexec ip netns exec " + names.getLast()
                        + " unshare --uts /bin/sh -c \"hostname javelin-b; $*\"\n");
        Files.setPosixFilePermissions(agent, PosixFilePermissions.fromString("rwx------"));
        return agent;
    }

    /** Takes the link down; when. */
    long cut() {
        long now = System.nanoTime();
        ip("-n", names.getFirst(), "link", "set", "v0", "down");
        return now;
    }

    /** Checks that no process is left on either. */
    void assertIdle() {
        names.forEach(host -> assertEquals("", ip("netns", "pids", host), "processes that are left"));
    }

    private static String ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), () -> command + ": " + text);
            return text.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean quietly(String... arguments) {
        try {
            ip(arguments);
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    @Override
    public void close() {
        names.forEach(host -> quietly("netns", "del", host));
    }
}
