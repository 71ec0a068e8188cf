package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.EarlyStopping;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A fast-dev-run")
class FastDevRunTest {
    @TempDir
    Path folder;

    private final List<String> heard = new ArrayList<>();

    private final Callback listener = new Callback() {
        @Override
        public boolean onStep(StepMetrics metrics) {
            heard.add("step " + metrics.step());
            return true;
        }

        @Override
        public void onValidation(ValidationMetrics metrics) {
            heard.add("validation");
        }

        @Override
        public void onCheckpoint(long step, Path checkpoint) {
            try (Checkpoint written = Checkpoint.open(checkpoint)) {
                heard.add("checkpoint " + written.step());
            }
            assertTrue(checkpoint.startsWith(folder), "on the disk of the run: " + checkpoint);
        }
    };

    private TrainerOptions options() {
        return TrainerOptions.standard()
                .withBatch(2)
                .withMaxSteps(100)
                .withValidateEvery(10)
                .withEarlyStopping(EarlyStopping.after(1))
                .withCheckpoints(new CheckpointOptions(50, 2, 1))
                .withOut(folder.resolve("runs/mine"))
                .withCallbacks(List.of(listener));
    }

    private static FitResult fit(TrainerOptions options, Rows validation) {
        return new EngineTrainer(options, PluginRegistry.ofModulePath())
                .fit(
                        ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6")
                                .module(),
                        Rows.sequences(10),
                        validation);
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file.toString(), java.util.Arrays.hashCode(Files.readAllBytes(file)) + "");
            }
        }
        return files;
    }

    @Test
    @DisplayName("goes through steps, as many validation batches and a checkpoint, and leaves nothing behind")
    void leavesNothing() throws IOException {
        Rows validation = Rows.sequences(9);
        FitResult result = fit(options().withFastDevRun(2), validation);
        assertEquals(List.of("step 1", "step 2", "validation", "checkpoint 2"), heard);
        assertEquals(List.of(0L, 1L, 2L, 3L), validation.read, "two batches of two rows");
        assertEquals(2, result.steps());
        assertNull(result.checkpoint());
        assertEquals(List.of(), result.report().best());
        assertTrue(result.validationLoss().isPresent());
        try (Stream<Path> all = Files.list(folder)) {
            assertEquals(List.of(), all.toList());
        }
    }

    @Test
    @DisplayName("of a run that goes on tries the steps behind its checkpoint, and does not touch its files")
    void triesAResume() throws IOException {
        fit(options().withMaxSteps(3), Rows.sequences(5));
        Map<String, String> before = files();
        heard.clear();
        FitResult result = fit(options().withResume(folder.resolve("runs/mine")).withFastDevRun(1), Rows.sequences(5));
        assertEquals(List.of("step 4", "validation", "checkpoint 4"), heard);
        assertEquals(4, result.steps());
        assertEquals(before, files());
    }

    @Test
    @DisplayName("leaves nothing behind when it fails either")
    void cleansUpAfterAFailure() throws IOException {
        Callback failing = new Callback() {
            @Override
            public void onCheckpoint(long step, Path checkpoint) {
                throw new IllegalStateException("no");
            }
        };
        assertThrows(
                IllegalStateException.class,
                () -> fit(options().withFastDevRun(1).withCallbacks(List.of(failing)), Rows.sequences(5)));
        try (Stream<Path> all = Files.list(folder)) {
            assertEquals(List.of(), all.toList());
        }
    }

    @Test
    @DisplayName("finds out that early stopping would watch what nothing logs")
    void findsAWrongMonitor() {
        EarlyStopping wrong = EarlyStopping.after(3).withMonitor("accurracy", EarlyStopping.Goal.MAX);
        JavelinException error = assertThrows(
                JavelinException.class,
                () -> fit(options().withEarlyStopping(wrong).withFastDevRun(1), Rows.sequences(5)));
        assertEquals("JVL-CFG-0092", error.code());
    }

    @Test
    @DisplayName("takes 0 for no such run, and refuses less")
    void refusesLess() {
        assertThrows(JavelinException.class, () -> options().withFastDevRun(-1));
        assertFalse(options().withFastDevRun(0).fastDevRun() > 0);
    }
}
