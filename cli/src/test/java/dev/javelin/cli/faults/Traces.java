package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What a job has on this machine while it runs, and must not leave: read from {@code /proc} and {@code /dev/shm}. */
final class Traces {
    private static final String LISTENING = "0A";
    private static final Path SHARED = Path.of("/dev/shm");

    private Traces() {}

    /** The processes whose command line has the mark. */
    static List<Long> processes(String mark) {
        List<Long> pids = new ArrayList<>();
        for (Path process : list(Path.of("/proc"))) {
            String name = process.getFileName().toString();
            if (name.chars().allMatch(Character::isDigit)
                    && commandLine(process).contains(mark)) {
                pids.add(Long.parseLong(name));
            }
        }
        return pids;
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has just ended
        }
    }

    /** The ports at which processes of this network listen. */
    static Set<Integer> ports(Collection<Long> pids) {
        Set<String> sockets = new TreeSet<>();
        for (long pid : pids) {
            for (Path file : list(Path.of("/proc/" + pid + "/fd"))) {
                try {
                    sockets.add(Files.readSymbolicLink(file).toString());
                } catch (IOException e) {
                    // It was closed meanwhile.
                    continue;
                }
            }
        }
        Set<Integer> ports = new TreeSet<>();
        listening()
                .filter(entry -> sockets.contains("socket:[" + entry[9] + "]"))
                .forEach(entry -> ports.add(port(entry)));
        return ports;
    }

    private static Stream<String[]> listening() {
        return Stream.of("/proc/net/tcp", "/proc/net/tcp6")
                .map(Path::of)
                .filter(Files::exists)
                .flatMap(file -> lines(file).stream().skip(1))
                .map(line -> line.strip().split("\\s+"))
                .filter(entry -> entry[3].equals(LISTENING));
    }

    private static int port(String[] entry) {
        return Integer.parseInt(entry[1].substring(entry[1].lastIndexOf(':') + 1), 16);
    }

    /** Checks that nothing of a job is there any more. */
    static void assertNone(String mark, Collection<Long> pids, Set<Integer> ports, Path out) {
        assertEquals(List.of(), processes(mark), "processes that are left");
        Set<Integer> open = new TreeSet<>(ports);
        open.retainAll(new TreeSet<>(listening().map(Traces::port).toList()));
        assertEquals(Set.of(), open, "ports that are left open");
        assertEquals(List.of(), sharedFiles(pids), "files in " + SHARED);
        assertEquals(List.of(), partials(out), "partial checkpoints");
    }

    private static List<Path> sharedFiles(Collection<Long> pids) {
        return list(SHARED).stream()
                .filter(file -> pids.stream()
                        .anyMatch(pid -> file.getFileName().toString().startsWith("javelin-" + pid + "-")))
                .toList();
    }

    private static List<Path> partials(Path out) {
        return Files.exists(out)
                ? list(out).stream()
                        .filter(path -> path.getFileName().toString().startsWith(".checkpoint"))
                        .toList()
                : List.of();
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of(); // a process that has just ended has no folder
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
