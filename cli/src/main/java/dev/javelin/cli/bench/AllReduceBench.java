package dev.javelin.cli.bench;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.bench.SumTeam.Row;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Measures sums over ranks by every communicator, in turns with each other and with a plain copy. Each turn of a row is a
 * run of its own processes, so that no row profits from what another has warmed up, or waits beside it.
 */
public final class AllReduceBench {
    private static final long TEAM_MINUTES = 5;

    private final int ranks;
    private final int turns;
    private final List<String> javaArguments;
    private final Consumer<String> progress;
    private final Map<Row, String> absent = new EnumMap<>(Row.class);

    /**
     * @param javaArguments flags that a JVM needs to run Javelin
     * @param progress hears what is being done
     */
    public AllReduceBench(int ranks, int turns, List<String> javaArguments, Consumer<String> progress) {
        this.ranks = ranks;
        this.turns = turns;
        this.javaArguments = javaArguments;
        this.progress = progress;
    }

    /**
     * Measures; takes minutes.
     *
     * @param sizes in bytes
     * @param busySizes in bytes, measured again while a thread spins on every core
     */
    public AllReduceReport run(long[] sizes, long[] busySizes) {
        SequencedMap<Row, SequencedMap<Long, Double>> free = rows(sizes, "free cores");
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> spinners = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            spinners.add(Thread.ofPlatform().daemon().name("spinner-" + i).start(() -> {
                while (!stop.get()) {
                    Thread.onSpinWait();
                }
            }));
        }
        try {
            return new AllReduceReport(
                    ranks, turns, spinners.size(), free, rows(busySizes, "busy cores"), Map.copyOf(absent));
        } finally {
            stop.set(true);
        }
    }

    private SequencedMap<Row, SequencedMap<Long, Double>> rows(long[] sizes, String what) {
        Map<Row, Map<Long, List<Double>>> seconds = new EnumMap<>(Row.class);
        for (int turn = 0; turn < turns; turn++) {
            for (Row row : Row.values()) {
                if (sizes.length > 0 && !absent.containsKey(row)) {
                    progress.accept(what + ", turn " + (turn + 1) + " of " + turns + ": " + row.label());
                    team(row, sizes)
                            .forEach((size, time) -> seconds.computeIfAbsent(row, r -> new TreeMap<>())
                                    .computeIfAbsent(size, s -> new ArrayList<>())
                                    .add(time));
                }
            }
        }
        SequencedMap<Row, SequencedMap<Long, Double>> medians = new LinkedHashMap<>();
        seconds.forEach((row, bySize) -> {
            SequencedMap<Long, Double> times = new TreeMap<>();
            bySize.forEach((size, all) -> times.put(size, median(all)));
            medians.put(row, times);
        });
        return medians;
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Runs a row's processes once: seconds by size; empty, with the reason noted, if they fail. */
    private Map<Long, Double> team(Row row, long[] sizes) {
        List<Process> processes = new ArrayList<>();
        try {
            Path errors = Files.createTempFile("javelin-bench", ".err");
            try {
                int port = freePort();
                int count = row.processes() && row != Row.MPI ? ranks : 1;
                for (int process = 0; process < count; process++) {
                    processes.add(new ProcessBuilder(command(row, process, port, sizes))
                            .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                            .start());
                }
                return results(row, processes, errors);
            } finally {
                Files.delete(errors);
            }
        } catch (IOException e) {
            absent.put(row, String.valueOf(e.getMessage()));
            return Map.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JavelinException("JVL-CLI-0010", "the measurement was interrupted", "run it again", e);
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
    }

    private Map<Long, Double> results(Row row, List<Process> processes, Path errors)
            throws IOException, InterruptedException {
        String text = new String(processes.getFirst().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean good = true;
        for (Process process : processes) {
            good &= process.waitFor(TEAM_MINUTES, TimeUnit.MINUTES) && process.exitValue() == 0;
        }
        if (!good) {
            List<String> lines = Files.readAllLines(errors);
            absent.put(
                    row,
                    lines.stream()
                            .filter(line -> line.contains("JVL-"))
                            .findFirst()
                            .orElse(lines.isEmpty() ? "its processes failed without a word" : lines.getLast())
                            .strip());
            return Map.of();
        }
        Map<Long, Double> seconds = new TreeMap<>();
        for (String line : text.lines().toList()) {
            String[] words = line.split(" ", -1);
            seconds.put(Long.valueOf(words[0]), Double.valueOf(words[1]));
        }
        return seconds;
    }

    private List<String> command(Row row, int process, int port, long[] sizes) {
        List<String> command = new ArrayList<>();
        if (row == Row.MPI) {
            command.addAll(List.of("mpirun", "-np", Integer.toString(ranks), "--bind-to", "none", "--oversubscribe"));
            if (System.getProperty("user.name").equals("root")) {
                command.add("--allow-run-as-root");
            }
            command.addAll(List.of("sh", "-c", "exec \"$@\"", "sh")); // mpirun rewrites a command named java
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaArguments);
        command.addAll(List.of(
                "--add-modules=java.se",
                "--module-path",
                System.getProperty("jdk.module.path"),
                "--module",
                "dev.javelin.cli/dev.javelin.cli.Main",
                "bench",
                "allreduce",
                "--ranks=" + ranks,
                "--row=" + row.name(),
                "--process=" + process,
                "--port=" + port,
                "--sizes="
                        + String.join(
                                ",",
                                Arrays.stream(sizes).mapToObj(Long::toString).toList())));
        return command;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
