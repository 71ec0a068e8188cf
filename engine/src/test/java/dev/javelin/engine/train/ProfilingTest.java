package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.Profiling;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.profile.Profiler;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps that are profiled: what is written adds up, and nothing else changes. */
class ProfilingTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir
    Path folder;

    private TrainerOptions options(String run) {
        return TrainerOptions.standard()
                .withSeed(5)
                .withBatch(4)
                .withAccumulation(2)
                .withMaxSteps(7)
                .withValidateEvery(3)
                .withSchedule(Schedule.constant(1e-2))
                .withCheckpoints(new CheckpointOptions(3, 2, 1))
                .withOut(folder.resolve(run));
    }

    private static void fit(TrainerOptions options) {
        new EngineTrainer(options, PluginRegistry.ofModulePath()).fit(module(), Rows.sequences(10), Rows.sequences(5));
    }

    private static TrainingModule module() {
        return ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1")
                .module();
    }

    private JsonNode profiled(String name) throws IOException {
        return MAPPER.readTree(Files.readString(folder.resolve("run/profile").resolve(name)));
    }

    private static long nanos(JsonNode rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .mapToLong(row -> row.get("nanos").asLong())
                .sum();
    }

    @Test
    void times_of_operations_host_and_gaps_make_the_time_of_the_steps_and_so_do_layers() throws IOException {
        fit(options("run").withProfiling(Profiling.parse("2-4")));
        JsonNode profile = profiled("profile.json");
        assertEquals(2, profile.get("firstStep").asLong());
        assertEquals(3, profile.get("steps").asInt());
        long steps = 0;
        for (JsonNode step : profile.get("stepNanos")) {
            steps += step.asLong();
        }
        long operations = nanos(profile.get("operations"));
        long gaps = profile.get("betweenLaunchesNanos").asLong();
        assertTrue(operations > 0 && gaps > 0, "operations " + operations + ", gaps " + gaps);
        assertEquals(steps, operations + nanos(profile.get("host")) + gaps);
        assertEquals(operations, nanos(profile.get("shapes")));
        long layers = 0;
        for (JsonNode layer : profile.get("layers")) {
            for (String phase : List.of("forward", "backward", "reduce", "update")) {
                layers += layer.get(phase + "Nanos").asLong();
            }
        }
        assertEquals(operations, layers);
        // Two micro-batches of three steps, one layer: an attention and its gradient in each.
        for (JsonNode row : profile.get("operations")) {
            if (row.get("name").asText().startsWith("attention")) {
                assertEquals(6, row.get("calls").asLong(), row.toString());
                assertTrue(row.get("flops").asDouble() > 0, row.toString());
            }
        }
        Set<String> between = new TreeSet<>();
        profile.get("betweenSteps").forEach(row -> between.add(row.get("name").asText()));
        assertEquals(Set.of("agreeing whether to go on", "callbacks", "validation", "checkpoint"), between);
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"BF16_MIXED", "TRUE_16", "TRUE_64"})
    void steps_in_each_width_are_measured_by_the_kernels_that_the_device_has(Precision precision) throws IOException {
        fit(options("run").withPrecision(precision).withProfiling(Profiling.parse("2-3")));
        JsonNode profile = profiled("profile.json");
        assertEquals(2, profile.get("steps").asInt());
        assertTrue(profile.get("limitsMeasured").asBoolean());
        assertTrue(profile.get("gigaflopsPerSecondLimit").asDouble() > 0);
    }

    @Test
    void the_trace_has_spans_that_nest_and_name_what_they_are() throws IOException {
        fit(options("run").withProfiling(Profiling.parse("2-4")));
        List<JsonNode> events = new ArrayList<>();
        profiled("trace.json").get("traceEvents").forEach(events::add);
        List<JsonNode> steps =
                events.stream().filter(e -> name(e).startsWith("step ")).toList();
        assertEquals(
                List.of("step 2", "step 3", "step 4"),
                steps.stream().map(ProfilingTest::name).toList());
        Set<String> phases = new TreeSet<>();
        for (JsonNode event : events) {
            if (event.path("args").has("flops")) {
                phases.add(event.get("cat").asText());
                assertFalse(event.get("args").get("outputs").isEmpty(), event.toString());
                boolean inside =
                        steps.stream().anyMatch(step -> begin(step) <= begin(event) && end(event) <= end(step));
                boolean validates = event.get("args").get("program").asText().equals("validate");
                assertEquals(!validates, inside, event.toString());
            }
        }
        assertEquals(Set.of("backward", "forward", "reduce", "update"), phases);
        assertTrue(events.stream()
                .anyMatch(e -> name(e).equals("attention")
                        && e.get("args").get("layer").asText().startsWith("h.0")
                        && e.get("args").get("source").asText().contains(".java:")));
        for (String span : List.of("validation", "checkpoint", "reading rows", "writing batches", "train.first")) {
            assertTrue(events.stream().anyMatch(e -> name(e).equals(span)), span);
        }
        for (int track : List.of(0, 1, 100)) {
            requireNested(events.stream()
                    .filter(e -> e.has("ts") && e.get("tid").asInt() == track)
                    .toList());
        }
    }

    private static String name(JsonNode event) {
        return event.get("name").asText();
    }

    private static long begin(JsonNode event) {
        return Math.round(event.path("ts").asDouble() * 1000);
    }

    private static long end(JsonNode event) {
        return begin(event) + Math.round(event.path("dur").asDouble() * 1000);
    }

    /** Of two spans of a track, one lies within the other or they have nothing in common. */
    private static void requireNested(List<JsonNode> track) {
        assertFalse(track.isEmpty());
        List<JsonNode> sorted = new ArrayList<>(track);
        sorted.sort(Comparator.comparingLong(ProfilingTest::begin)
                .thenComparing(Comparator.comparingLong(ProfilingTest::end).reversed()));
        List<JsonNode> open = new ArrayList<>();
        for (JsonNode event : sorted) {
            while (!open.isEmpty() && end(open.getLast()) <= begin(event)) {
                open.removeLast();
            }
            assertTrue(open.isEmpty() || end(event) <= end(open.getLast()), open + " and " + event);
            open.add(event);
        }
    }

    @Test
    void profiling_changes_no_bit_and_is_told_once() throws IOException {
        List<Path> told = new ArrayList<>();
        fit(options("plain"));
        fit(options("run").withProfiling(Profiling.parse("2-4")).withCallbacks(List.of(new Callback() {
            @Override
            public void onProfile(Path found) {
                told.add(found);
            }
        })));
        assertEquals(List.of(folder.resolve("run/profile")), told);
        try (var files = Files.walk(folder.resolve("plain/checkpoint-7"))) {
            List<Path> tensors = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
            assertFalse(tensors.isEmpty());
            for (Path file : tensors) {
                Path other =
                        folder.resolve("run").resolve(folder.resolve("plain").relativize(file));
                assertEquals(-1, Files.mismatch(file, other), file.toString());
            }
        }
    }

    @Test
    void a_short_run_profiles_its_last_steps_and_one_that_ends_early_what_there_was() throws IOException {
        fit(options("run").withProfiling(Profiling.standard()));
        assertEquals(5, profiled("profile.json").get("firstStep").asLong());
        fit(options("early")
                .withProfiling(Profiling.parse("2-6").withOut(folder.resolve("run/profile")))
                .withCallbacks(List.of(new Callback() {
                    @Override
                    public boolean onStep(StepMetrics metrics) {
                        return metrics.step() < 3;
                    }
                })));
        assertEquals(2, profiled("profile.json").get("firstStep").asLong());
        assertEquals(2, profiled("profile.json").get("steps").asInt());
    }

    @Test
    void a_profile_that_cannot_be_leaves_the_run_that_it_would_replace() throws IOException {
        fit(options("run"));
        String before = Files.readString(folder.resolve("run/metrics.jsonl"));
        TrainerOptions late = options("run").withProfiling(Profiling.parse("6-8"));
        RunSetup replacing = RunSetup.standard().withExisting(RunSetup.Existing.REPLACE);
        EngineTrainer trainer = new EngineTrainer(late, PluginRegistry.ofModulePath(), replacing);
        assertEquals(
                "JVL-CFG-0073",
                assertThrows(JavelinException.class, () -> trainer.fit(module(), Rows.sequences(10), Rows.sequences(5)))
                        .code());
        assertEquals(before, Files.readString(folder.resolve("run/metrics.jsonl")));
    }

    @Test
    void another_attempt_profiles_what_the_checkpoint_has_left_of_the_steps() {
        Profiling steps = Profiling.parse("4-6").withOut(folder);
        assertEquals(Optional.of(steps), Profiler.rest(steps, 3));
        assertEquals(Optional.of(Profiling.parse("6-6").withOut(folder)), Profiler.rest(steps, 5));
        assertEquals(Optional.empty(), Profiler.rest(steps, 6));
        assertEquals(Optional.of(Profiling.standard()), Profiler.rest(Profiling.standard(), 100));
    }

    @Test
    void refuses_steps_that_the_run_does_not_have_and_a_profile_without_a_folder() {
        for (String steps : List.of("0", "5-4", "x", "0-3", "1-1001", "-2")) {
            assertEquals(
                    "JVL-CFG-0072",
                    assertThrows(JavelinException.class, () -> Profiling.parse(steps), steps)
                            .code());
        }
        TrainerOptions late = options("late").withProfiling(Profiling.parse("6-8"));
        assertEquals(
                "JVL-CFG-0073",
                assertThrows(JavelinException.class, () -> fit(late)).code());
        assertFalse(Files.exists(folder.resolve("late/metrics.jsonl")));
        TrainerOptions nowhere = options("nowhere").withOut(null).withProfiling(Profiling.standard());
        assertEquals(
                "JVL-CFG-0074",
                assertThrows(JavelinException.class, () -> fit(nowhere)).code());
    }
}
