package dev.javelin.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Averaging.Validation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The settings of averages")
class AveragingConfigTest {

    private static RunConfig config(String yaml, String... assignments) {
        List<Setting> settings = new ArrayList<>(ConfigFile.parse("run.yaml", yaml));
        for (String assignment : assignments) {
            settings.add(Setting.parse(assignment));
        }
        return RunConfig.of(settings);
    }

    private static Averaging averaging(String yaml, String... assignments) {
        return config(yaml, assignments).trainerOptions().averaging();
    }

    @Test
    @DisplayName("are none unless one is asked for")
    void defaults() {
        assertEquals(Averaging.none(), averaging(""));
        assertEquals(Averaging.ema(0.999), averaging("", "trainer.average=ema"));
        assertEquals(Averaging.swa(76), averaging("", "trainer.average=swa", "trainer.maxSteps=100"));
    }

    @Test
    @DisplayName("reach the trainer as they are")
    void values() {
        Averaging ema = averaging(
                "trainer: {average: ema, averageDecay: 0.99, averageWarmup: false, averageStart: 7, averageEvery: 3,"
                        + " averageValidation: both}");
        assertEquals(new Averaging(Averaging.Kind.EMA, 0.99, false, 7, 3, Validation.BOTH), ema);
    }

    @Test
    @DisplayName("give the mean a constant learning rate, after a way there")
    void constantRate() {
        Schedule rates = config(
                        "trainer: {maxSteps: 100, average: swa, averageStart: 51, averageLearningRate: 0.5,"
                                + " averageAnnealSteps: 10}",
                        "optimizer.schedule=constant",
                        "optimizer.learningRate=0.1")
                .trainerOptions()
                .schedule();
        assertEquals(0.1, rates.learningRate(50, 100));
        assertEquals(0.1, rates.learningRate(51, 100), 1e-15);
        assertEquals(0.3, rates.learningRate(56, 100), 1e-15);
        assertEquals(0.5, rates.learningRate(61, 100));
        assertEquals(0.5, rates.learningRate(100, 100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "average: ema",
                "average: ema\n  averageWarmup: false",
                "average: swa\n  averageEvery: 5",
                "average: swa\n  averageLearningRate: 0.01\n  averageAnnealSteps: 20\n  averageValidation: last"
            })
    @DisplayName("are written as they are read")
    void roundTrip(String yaml) {
        RunConfig config = config("trainer:\n  " + yaml + "\n");
        RunConfig again = RunConfig.of(ConfigFile.parse("again", config.yaml()));
        assertEquals(config.trainer(), again.trainer());
        assertEquals(config.yaml(), again.yaml());
    }

    @ParameterizedTest
    @CsvSource({
        "averageDecay=0.9, none, ema",
        "averageEvery=2, none, ema or swa",
        "averageLearningRate=0.1, ema, swa",
        "averageDecay=0.9, swa, ema",
        "averageAnnealSteps=9, swa, averageLearningRate"
    })
    @DisplayName("are refused where they have no effect")
    void refused(String assignment, String kind, String remedy) {
        JavelinException error = assertThrows(
                JavelinException.class, () -> config("", "trainer.average=" + kind, "trainer." + assignment));
        assertEquals("JVL-CFG-0077", error.code());
        assertTrue(error.remedy().contains(remedy), error.remedy());
    }

    @Test
    @DisplayName("of another kind go when a later source changes the kind")
    void laterKinds() {
        String ema = "trainer:\n  averageDecay: 0.9\n  average: ema\n";
        assertEquals(Averaging.none(), averaging(ema, "trainer.average=none"));
        assertEquals(Averaging.ema(0.9), averaging(ema, "trainer.average=ema"));
        assertEquals(
                Averaging.swa(10).withEvery(2),
                averaging(ema, "trainer.averageStart=10", "trainer.average=swa", "trainer.averageEvery=2"));
    }
}
