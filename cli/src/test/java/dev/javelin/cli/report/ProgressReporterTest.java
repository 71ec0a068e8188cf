package dev.javelin.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.trainer.Communication;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.ModelSummary;
import dev.javelin.api.trainer.RunReport;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.StepWork;
import dev.javelin.api.trainer.Throughput;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.cli.Console;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The progress of a run")
class ProgressReporterTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Console console = new Console(new PrintWriter(out), new PrintWriter(err), false);
    private long nanos;

    private ProgressReporter reporter(boolean terminal) {
        ProgressReporter reporter = new ProgressReporter(console, terminal, () -> nanos);
        reporter.onStart(new RunSummary(1000, 1, 100, 16, 4096, ModelSummary.none()));
        return reporter;
    }

    /** A step that took this long. */
    private void step(ProgressReporter reporter, long step, double seconds) {
        nanos += (long) (seconds * 1e9);
        assertTrue(reporter.onStep(new StepMetrics(
                step, 2.5, 1, 1e-3, 12345.6, 4096, nanos / 1e9, Communication.none(), Map.of(), StepWork.none())));
    }

    @Test
    @DisplayName("is a line every five seconds, the first and the last step included, where there is no terminal")
    void writesLinesNowAndThen() {
        ProgressReporter reporter = reporter(false);
        for (int i = 1; i <= 100; i++) {
            step(reporter, i, 0.5);
        }
        assertEquals(
                java.util.List.of("step 1/100", "step 11/100", "step 21/100", "step 31/100", "step 41/100"),
                err.toString()
                        .lines()
                        .filter(line -> line.startsWith("step"))
                        .limit(5)
                        .map(line -> line.substring(0, line.indexOf("  ")))
                        .toList());
        String last = err.toString().lines().reduce("", (a, b) -> b);
        assertEquals("step 100/100  loss 2.5000  12,346 tokens/s", last);
        assertEquals("", out.toString());
    }

    @Test
    @DisplayName("estimates the time left by the mean of all steps but the first")
    void estimatesTheTimeLeft() {
        ProgressReporter reporter = reporter(false);
        step(reporter, 1, 30);
        step(reporter, 2, 6);
        assertTrue(err.toString().contains("step 2/100  loss 2.5000  12,346 tokens/s  9:48 left"), err.toString());
    }

    @Test
    @DisplayName("rewrites one line on a terminal, with a bar and the last validation loss")
    void rewritesOneLine() {
        ProgressReporter reporter = reporter(true);
        step(reporter, 1, 1);
        reporter.onValidation(new ValidationMetrics(1, 2.25, Map.of()));
        step(reporter, 50, 1);
        String[] rewrites = err.toString().split("\r");
        assertEquals(3, rewrites.length);
        assertTrue(rewrites[2].strip().length() < 80, "it fits into a terminal: " + rewrites[2]);
        assertTrue(rewrites[2].startsWith("[======      ] step 50/100  loss 2.5000  val 2.2500"), rewrites[2]);
        reporter.onEnd(new FitResult(
                1000,
                50,
                2.5,
                OptionalDouble.empty(),
                1,
                1,
                1,
                1,
                null,
                true,
                new RunReport(RunReport.Ending.INTERRUPTED, "", List.of(), Throughput.none(), List.of(), 0, 0)));
        assertTrue(err.toString().endsWith(System.lineSeparator()));
    }

    @Test
    @DisplayName("tells of a step that stands out on a line of its own")
    void tellsOfSpikes() {
        ProgressReporter reporter = reporter(true);
        step(reporter, 1, 1);
        reporter.onSpike(new Spike(1, Spike.LOSS, 7.5, 2.5, 1600, 16, List.of(5L, 3L)));
        assertTrue(
                err.toString()
                        .endsWith(
                                String.format(
                                        "%nstep 1: loss 7.500 stands out, the median before it is 2.500; samples 1,600 to 1,615%n")),
                err.toString());
    }

    @Test
    @DisplayName("ends its line when the run ends by an error, before the error is shown")
    void endsItsLine() {
        ProgressReporter reporter = reporter(true);
        step(reporter, 1, 1);
        reporter.endLine();
        assertTrue(err.toString().endsWith(System.lineSeparator()), err.toString());
        int length = err.toString().length();
        reporter.endLine();
        assertEquals(length, err.toString().length());
    }
}
