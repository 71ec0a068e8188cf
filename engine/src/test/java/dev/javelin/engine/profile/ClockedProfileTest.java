package dev.javelin.engine.profile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.javelin.api.DType;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Recording;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps of a device that has a clock are profiled by it: nothing waits, and what is told adds up. */
class ClockedProfileTest {
    private static final int STEPS = 3;
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir
    Path folder;

    private static Compilation compilation() {
        return Compilation.compile(
                Fixtures.gpt("layers=2,width=24,heads=3,vocab=31,block=9"),
                CompileOptions.training(
                                DType.FLOAT32,
                                Fixtures.tokens(4, 9),
                                ParameterGroup.noDecayForVectors(AdamW.standard()))
                        .withAccumulation(2),
                Fixtures.HALVES,
                Fixtures.planner());
    }

    private static List<HostBatch> batches(long step) {
        return List.of(Fixtures.randomTokens(4, 9, 31, step), Fixtures.randomTokens(4, 9, 31, -step));
    }

    /** Runs a step to warm up, then some that are profiled. */
    private Map<String, double[]> profiled(ClockedDevice device) {
        try (Session session = Session.open(compilation(), device, SessionOptions.standard())) {
            session.initialize(7);
            session.train(1, 1e-2, 7, batches(1));
            int before = device.tasks();
            Profiler profiler = new Profiler(session, null, folder, Fixtures::device, 2, 1 + STEPS);
            for (long step = 2; step <= 1 + STEPS; step++) {
                long at = step;
                profiler.begin(at);
                Recording recording = Objects.requireNonNull(profiler.recording());
                recording.step(at, () -> session.train(at, 1e-2, 7, batches(at)));
                assertEquals(at == 1 + STEPS ? Optional.of(folder) : Optional.empty(), profiler.end(at, false));
            }
            assertEquals(before, device.tasks(), "tasks of the host in queues");
            return Fixtures.state(session);
        }
    }

    private JsonNode profile() throws IOException {
        return MAPPER.readTree(Files.readString(folder.resolve(Profiler.NUMBERS)));
    }

    private static long sum(JsonNode rows, String field) {
        return StreamSupport.stream(rows.spliterator(), false)
                .mapToLong(row -> row.get(field).asLong())
                .sum();
    }

    @Test
    void work_standstill_and_gaps_make_the_time_of_the_steps_and_no_bit_changes() throws IOException {
        Map<String, double[]> state;
        try (ClockedDevice device = new ClockedDevice()) {
            state = profiled(device);
            assertEquals(0, device.openEvents(), "events of the clock that were not given back");
        }
        JsonNode profile = profile();
        long steps = 0;
        for (JsonNode step : profile.get("stepNanos")) {
            steps += step.asLong();
        }
        long operations = sum(profile.get("operations"), "nanos");
        assertEquals(operations, profile.get("computeBusyNanos").asLong());
        assertEquals(
                steps,
                operations
                        + profile.get("idleForHostNanos").asLong()
                        + profile.get("waitingForQueuesNanos").asLong()
                        + profile.get("betweenLaunchesNanos").asLong());
        assertEquals(steps, sum(profile.get("gap"), "nanos"));
        long floor = profile.get("floorNanos").asLong();
        assertTrue(floor > 0 && floor == sum(profile.get("gap"), "floorNanosOfIt"), "floor " + floor);
        Set<String> names = new TreeSet<>();
        profile.get("gap").forEach(line -> names.add(line.get("name").asText()));
        assertTrue(
                names.containsAll(
                        Set.of("products", "attention", "norms and softmax", "loss", "embedding", "optimizer")),
                names.toString());
        assertEquals(
                sum(profile.get("operations"), "calls"), profile.get("launches").asLong());
        assertTrue(profile.get("enqueuingNanos").asLong() > 0);
        assertFalse(profile.get("verdict").asText().isEmpty());
        try (var plain = Fixtures.device();
                Session session = Session.open(compilation(), plain, SessionOptions.standard())) {
            session.initialize(7);
            for (long step = 1; step <= 1 + STEPS; step++) {
                session.train(step, 1e-2, 7, batches(step));
            }
            Map<String, double[]> expected = Fixtures.state(session);
            assertEquals(expected.keySet(), state.keySet());
            expected.forEach((key, values) -> assertArrayEquals(values, state.get(key), key));
        }
    }

    @Test
    void events_are_used_again_in_each_step() {
        try (ClockedDevice device = new ClockedDevice()) {
            profiled(device);
            long launches = compilation()
                    .program(compilation().trainingProgram(1, 0))
                    .schedule()
                    .issues()
                    .size();
            assertTrue(
                    device.madeEvents() < 2 * 2 * 2 * launches,
                    device.madeEvents() + " events for " + launches + " launches in each of two micro-batches");
        }
    }

    @Test
    void the_trace_lays_the_device_beside_the_host_on_one_axis() throws IOException {
        try (ClockedDevice device = new ClockedDevice()) {
            profiled(device);
        }
        double error = profile().get("deviceAxisErrorNanos").asDouble() / 1e3 + 1e-3;
        List<JsonNode> events = new ArrayList<>();
        MAPPER.readTree(Files.readString(folder.resolve(Profiler.TRACE)))
                .get("traceEvents")
                .forEach(events::add);
        List<JsonNode> steps = events.stream()
                .filter(event -> event.get("name").asText().startsWith("step "))
                .toList();
        assertEquals(STEPS, steps.size());
        int work = 0;
        double end = Double.NEGATIVE_INFINITY;
        for (JsonNode event : events) {
            if (event.path("args").has("flops")) {
                double begin = event.get("ts").asDouble();
                assertTrue(begin >= end - 1e-3, "spans of a queue overlap: " + event);
                end = begin + event.get("dur").asDouble();
                double at = end;
                assertTrue(
                        steps.stream()
                                .anyMatch(step -> begin >= step.get("ts").asDouble() - error
                                        && at
                                                <= step.get("ts").asDouble()
                                                        + step.get("dur").asDouble()
                                                        + error),
                        "beside its step by more than " + error + " us: " + event);
                work++;
            }
        }
        long enqueuing = events.stream()
                .filter(event -> event.get("name").asText().equals("enqueuing"))
                .count();
        assertEquals(work, enqueuing);
    }

    @Test
    void the_tables_say_where_the_time_goes_and_what_follows() throws IOException {
        try (ClockedDevice device = new ClockedDevice()) {
            profiled(device);
        }
        String text = Files.readString(folder.resolve(Profiler.TABLES));
        for (String words : List.of(
                "where the time goes",
                "floor ms",
                "compute queue: busy ",
                "us each to enqueue",
                "timed by the device's clock to 0.0 us",
                profile().get("verdict").asText(),
                "the host, beside the device",
                "standing still")) {
            assertTrue(text.contains(words), words + " in\n" + text);
        }
    }
}
