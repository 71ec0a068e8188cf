package dev.javelin.engine.profile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The trace of all ranks. Each rank leaves its events in a file of its own, a line an event behind a line about the rank;
 * the first rank joins them, line by line, and removes them.
 *
 * <p>Ranks of one host have one clock: there, a collective's events say how long a rank waited until the last had come. Of
 * several hosts each begins at its own zero.
 */
final class TraceFile {
    static final String TRACE = "trace.json";
    private static final String LATE = "waitedForLastRankMicroseconds";
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Path folder;
    private final int size;
    private final boolean oneClock;

    /**
     * @param size number of ranks
     * @param oneClock whether times of ranks can be compared
     */
    TraceFile(Path folder, int size, boolean oneClock) {
        this.folder = folder;
        this.size = size;
        this.oneClock = oneClock;
    }

    private Path part(int rank) {
        return folder.resolve(".rank-" + rank + ".events");
    }

    /** Leaves a rank's events for the first rank. */
    void leave(RankTimes times, List<ObjectNode> events) {
        writing(part(times.rank()), writer -> {
            writer.write(times.json().toString());
            writer.write('\n');
            for (ObjectNode event : events) {
                writer.write(event.toString());
                writer.write('\n');
            }
        });
    }

    /** Joins what all ranks have left; their times in order. */
    List<RankTimes> join() {
        Map<String, Long> latest = new HashMap<>();
        long[] origins = new long[size];
        for (int rank = 0; rank < size; rank++) {
            int at = rank;
            origins[rank] = Long.MAX_VALUE;
            reading(rank, event -> {
                if (event.has("ts")) {
                    long begin = event.path("ts").asLong();
                    origins[at] = Math.min(origins[at], begin);
                    if (event.has(TraceEvents.COLLECTIVE)) {
                        latest.merge(event.path(TraceEvents.COLLECTIVE).asText(), begin, Math::max);
                    }
                }
            });
        }
        if (oneClock) {
            long first = java.util.Arrays.stream(origins).min().orElse(0);
            java.util.Arrays.fill(origins, first);
        }
        List<RankTimes> times = new ArrayList<>();
        writing(folder.resolve(TRACE), writer -> {
            writer.write("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
            for (int rank = 0; rank < size; rank++) {
                times.add(copy(rank, origins[rank], latest, writer));
            }
            writer.write("]}\n");
        });
        for (int rank = 0; rank < size; rank++) {
            remove(part(rank));
        }
        return times;
    }

    private RankTimes copy(int rank, long origin, Map<String, Long> latest, BufferedWriter writer) throws IOException {
        long[] lateNanos = new long[1];
        boolean[] any = new boolean[1];
        RankTimes times = reading(rank, event -> {
            if (event.has("ts")) {
                long begin = event.path("ts").asLong();
                long nanos = event.path("dur").asLong();
                JsonNode collective = event.remove(TraceEvents.COLLECTIVE);
                if (collective != null && oneClock) {
                    long late = Math.clamp(latest.getOrDefault(collective.asText(), begin) - begin, 0, nanos);
                    lateNanos[0] += late;
                    ((ObjectNode) event.path("args")).put(LATE, late / 1e3);
                }
                event.put("ts", (begin - origin) / 1e3).put("dur", nanos / 1e3);
            }
            boolean first = rank == 0 && !any[0];
            any[0] = true;
            writer.write(first ? event.toString() : "," + event);
            writer.write('\n');
        });
        return oneClock ? times.withLateNanos(lateNanos[0]) : times;
    }

    @FunctionalInterface
    private interface EventReader {
        void read(ObjectNode event) throws IOException;
    }

    private RankTimes reading(int rank, EventReader events) {
        try (BufferedReader reader = Files.newBufferedReader(part(rank))) {
            RankTimes times = RankTimes.of(MAPPER.readTree(reader.readLine()));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                events.read((ObjectNode) MAPPER.readTree(line));
            }
            return times;
        } catch (IOException e) {
            throw failed("read", part(rank), e);
        }
    }

    @FunctionalInterface
    private interface Text {
        void write(BufferedWriter writer) throws IOException;
    }

    private static void writing(Path file, Text text) {
        try {
            Files.createDirectories(file.getParent());
            try (BufferedWriter writer = Files.newBufferedWriter(file)) {
                text.write(writer);
            }
        } catch (IOException e) {
            throw failed("write", file, e);
        }
    }

    /** Writes a text beside the trace. */
    void write(String name, String text) {
        writing(folder.resolve(name), writer -> writer.write(text));
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw failed("remove", file, e);
        }
    }

    private static JavelinException failed(String what, Path file, IOException cause) {
        return new JavelinException(
                "JVL-CKP-0025",
                "cannot " + what + " " + file.toAbsolutePath() + " of the profile: " + cause,
                "check your rights and the space there, or give another folder with Profiling.withOut"
                        + " (--profile-out); all hosts must see it",
                cause);
    }
}
