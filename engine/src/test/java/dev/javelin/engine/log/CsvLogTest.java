package dev.javelin.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Communication;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.StepWork;
import dev.javelin.api.trainer.ValidationMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A CSV log")
class CsvLogTest {
    /** 200 samples/s, 50 GFLOP/s of 100, an eighth of the time for data. */
    private static final StepWork WORK = new StepWork(32, 16, 1024, 4e9, 0.08, 0.01, 100e9);

    @TempDir
    Path folder;

    private static StepMetrics step(long step, double loss, Map<String, Double> logged) {
        return new StepMetrics(step, loss, 0.5, 1e-3, 100, 4096, step * 2.5, Communication.none(), logged, WORK);
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(folder.resolve("metrics.csv"));
    }

    @Test
    @DisplayName("has a row for each step and validation, and empty cells for what is not there or not finite")
    void hasRows() throws IOException {
        try (CsvLog log = new CsvLog(folder)) {
            assertEquals(0, log.open(0));
            log.onStep(step(1, 2.5, Map.of()));
            log.onStep(step(2, Double.NaN, Map.of()));
            log.onValidation(new ValidationMetrics(2, 3.5, Map.of()));
        }
        assertEquals(
                List.of(
                        "step,loss,gradNorm,lr,tokensPerSecond,deviceBytes,elapsedSeconds,validationLoss,firstSample,"
                                + "samplesPerSecond,flopsPerSecond,deviceShare,dataShare",
                        "1,2.5,0.5,0.001,100,4096,2.5,,32,200,50000000000,0.5,0.125",
                        "2,,0.5,0.001,100,4096,5,,32,200,50000000000,0.5,0.125",
                        "2,,,,,,,3.5,,,,,"),
                lines());
    }

    @Test
    @DisplayName("gets a new column when a number first appears, with quotes where a name needs them")
    void widens() throws IOException {
        try (CsvLog log = new CsvLog(folder)) {
            log.open(0);
            log.onStep(step(1, 2.5, Map.of()));
            log.onStep(step(2, 2.5, Map.of("a,\"b\"", 7.0)));
            log.onStep(step(3, 2.5, Map.of()));
        }
        assertTrue(lines().getFirst().endsWith(",dataShare,\"logged.a,\"\"b\"\"\""), lines().getFirst());
        assertEquals("1,2.5,0.5,0.001,100,4096,2.5,,32,200,50000000000,0.5,0.125,", lines().get(1));
        assertEquals("2,2.5,0.5,0.001,100,4096,5,,32,200,50000000000,0.5,0.125,7", lines().get(2));
        assertEquals("3,2.5,0.5,0.001,100,4096,7.5,,32,200,50000000000,0.5,0.125,", lines().get(3));
        try (CsvLog log = new CsvLog(folder)) {
            assertEquals(5, log.open(2));
            log.onStep(step(3, 1.5, Map.of("a,\"b\"", 8.0)));
        }
        assertEquals(4, lines().size());
        assertEquals("3,1.5,0.5,0.001,100,4096,7.5,,32,200,50000000000,0.5,0.125,8", lines().getLast());
    }

    @Test
    @DisplayName("goes on behind the step of a checkpoint, without what came later and without half a row")
    void goesOn() throws IOException {
        try (CsvLog log = new CsvLog(folder)) {
            log.open(0);
            for (int i = 1; i <= 5; i++) {
                log.onStep(step(i, i, Map.of()));
            }
        }
        Files.writeString(folder.resolve("metrics.csv"), "6,1,0.5,0.0", StandardOpenOption.APPEND);
        try (CsvLog log = new CsvLog(folder)) {
            assertEquals(12.5, log.open(9), "the half row has no time");
        }
        assertEquals(6, lines().size());
        try (CsvLog log = new CsvLog(folder)) {
            assertEquals(7.5, log.open(3));
            log.onStep(step(4, 9, Map.of()));
        }
        assertEquals(
                List.of("1", "2", "3", "4"),
                lines().stream().skip(1).map(line -> line.substring(0, 1)).toList());
        assertTrue(lines().getLast().startsWith("4,9,"));
    }

    @Test
    @DisplayName("does not touch a table of something else")
    void leavesOtherTablesAlone() throws IOException {
        Path file = folder.resolve("metrics.csv");
        Files.writeString(file, "name,age\nAda,36\n");
        JavelinException refused = assertThrows(JavelinException.class, () -> new CsvLog(folder).open(0));
        assertEquals("JVL-CKP-0022", refused.code());
        assertEquals("name,age\nAda,36\n", Files.readString(file));
    }
}
