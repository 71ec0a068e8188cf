package dev.javelin.engine.world;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.cluster.ClusterPlace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The place of a process among those of a world, and where they meet. Start from {@link #of}; the canonical constructor
 * is not part of the contract.
 *
 * @param job name of the job, the same for all its processes
 * @param process this one, from 0
 * @param ranks how many ranks each process has, in order: rank 0 is the first of process 0
 * @param host name or address of the rendezvous
 * @param port of the rendezvous
 * @param serves whether this process is the one that hosts the rendezvous
 * @param secret what all processes of the job know; empty if they are all on one host and agree on one by a file that
 *     only their user can read
 * @param launched whether a {@link ProcessLauncher} started this process: it ends when that is gone
 */
public record WorldPlace(
        String job,
        int process,
        List<Integer> ranks,
        String host,
        int port,
        boolean serves,
        Optional<Secret> secret,
        boolean launched) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_BYTES = 1 << 20;
    private static final String LOOPBACK = "127.0.0.1";

    public WorldPlace {
        ranks = List.copyOf(ranks);
        if (process < 0 || process >= ranks.size() || ranks.stream().anyMatch(count -> count < 1)) {
            throw new JavelinException(
                    "JVL-CLU-0002",
                    "process " + process + " of " + ranks.size() + " with " + ranks + " ranks",
                    "number the processes from 0 and give each at least one rank");
        }
    }

    /** A process with one rank, as all others; process 0 hosts the rendezvous. */
    public static WorldPlace of(String job, int process, int processes, String host, int port) {
        return new WorldPlace(
                job, process, Collections.nCopies(processes, 1), host, port, process == 0, Optional.empty(), false);
    }

    /**
     * The place that a cluster's engine gave; process 0 hosts the rendezvous.
     *
     * @param ranks of each process
     * @param rendezvous {@code host:port}, if the user tells; otherwise it is the cluster's
     * @param secretFile that all hosts share; may only be left out if all processes are on one host
     * @throws JavelinException {@code JVL-CLU-0003} without a rendezvous, {@code JVL-CLU-0004} without a secret file
     */
    public static WorldPlace of(
            ClusterPlace cluster, int ranks, Optional<String> rendezvous, Optional<Path> secretFile) {
        String told = rendezvous.orElse(cluster.rendezvousHost().orElse("") + ":" + cluster.rendezvousPort());
        boolean oneHost = cluster.localProcesses() == cluster.processes();
        if (rendezvous.isEmpty() && cluster.rendezvousHost().isEmpty() && oneHost) {
            told = LOOPBACK + told;
        }
        int colon = told.lastIndexOf(':');
        int port = port(told.substring(colon + 1));
        if (colon < 1 || port < 1) {
            throw new JavelinException(
                    "JVL-CLU-0003",
                    "the " + cluster.processes() + " processes do not know where to meet: '" + told + "'",
                    "say where process 0 runs and a port that is free there, as HOST:PORT, the same for all processes");
        }
        if (secretFile.isEmpty() && !oneHost) {
            throw new JavelinException(
                    "JVL-CLU-0004",
                    "the " + cluster.processes() + " processes are on several hosts and share no secret",
                    "put one into a file that all hosts see and only you can read (head -c 32 /dev/urandom | base64), and"
                            + " name it to all processes");
        }
        return of(cluster.job(), cluster.process(), cluster.processes(), told.substring(0, colon), port)
                .withRanks(Collections.nCopies(cluster.processes(), ranks))
                .withSecret(secretFile.map(Secret::ofFile));
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            return port < 1 << 16 ? port : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    public WorldPlace withRanks(List<Integer> ofEachProcess) {
        return new WorldPlace(job, process, ofEachProcess, host, port, serves, secret, launched);
    }

    public WorldPlace withServer(boolean here) {
        return new WorldPlace(job, process, ranks, host, port, here, secret, launched);
    }

    public WorldPlace withSecret(Optional<Secret> other) {
        return new WorldPlace(job, process, ranks, host, port, serves, other, launched);
    }

    WorldPlace withLaunched() {
        return new WorldPlace(job, process, ranks, host, port, serves, secret, true);
    }

    /** Number of processes. */
    public int processes() {
        return ranks.size();
    }

    /** Number of ranks of the world. */
    public int size() {
        return ranks.stream().mapToInt(Integer::intValue).sum();
    }

    /** The first rank of this process. */
    public int firstRank() {
        return ranks.subList(0, process).stream().mapToInt(Integer::intValue).sum();
    }

    /** Whether other hosts may have to reach this one: the rendezvous is not named by the loopback interface. */
    boolean wide() {
        return !host.equals("localhost") && !host.startsWith("127.") && !host.equals("::1");
    }

    /** The line that a launcher writes to a child's standard input. */
    String line() {
        ObjectNode line = JSON.createObjectNode();
        line.put("job", job).put("process", process).put("host", host).put("port", port);
        ranks.forEach(line.putArray("ranks")::add);
        line.put("secret", secret.orElseThrow().encoded());
        return line + "\n";
    }

    /**
     * The place that a {@link ProcessLauncher} wrote to this process's standard input, of which one line is read.
     *
     * @throws JavelinException {@code JVL-RNK-0009} if it did not
     */
    public static WorldPlace fromStdin(InputStream in) {
        try {
            JsonNode line = JSON.readTree(firstLine(in));
            List<Integer> ranks = new ArrayList<>();
            line.required("ranks").forEach(count -> ranks.add(count.asInt()));
            WorldPlace place = new WorldPlace(
                    line.required("job").asText(),
                    line.required("process").asInt(-1),
                    ranks,
                    line.required("host").asText(),
                    line.required("port").asInt(),
                    false,
                    Optional.of(Secret.decode(line.required("secret").asText())),
                    true);
            return place;
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw noSeat("it is no such line", e);
        } catch (IOException e) {
            throw noSeat(e.toString(), e);
        }
    }

    private static JavelinException noSeat(String why, Exception cause) {
        return new JavelinException(
                "JVL-RNK-0009",
                "this process was told to read its place in the world from standard input, and could not: " + why,
                "let the launcher start it, or do not ask for that",
                cause);
    }

    private static String firstLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n' && line.size() < MOST_BYTES; next = in.read()) {
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
