package dev.javelin.cli.report;

import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.ScaledStep;
import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.cli.Console;
import dev.javelin.cli.config.RunConfig;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows how far a run is: on a terminal one line that is rewritten, elsewhere a line now and then. All of it goes to
 * stderr.
 */
@Singleton
final class ProgressReporter implements Callback {
    private static final long REWRITE_NANOS = 100_000_000L;
    private static final long LINE_NANOS = 5_000_000_000L;
    /** The longest bar; a line that does not fit into 80 columns would wrap and not be rewritten. */
    private static final int BAR = 24;

    private static final int COLUMNS = 79;

    private final Console console;
    private final boolean terminal;
    private final LongSupplier nanos;
    private final String counted;
    private long maxSteps;
    private long firstStep;
    private long shownAt;
    private double startSeconds;
    private double validation = Double.NaN;
    private int width;

    @Inject
    ProgressReporter(Console console, RunConfig config) {
        this(console, Terminal.onStderr(), System::nanoTime, config.data().table() == null ? "tokens" : "rows");
    }

    ProgressReporter(Console console, boolean terminal, LongSupplier nanos) {
        this(console, terminal, nanos, "tokens");
    }

    private ProgressReporter(Console console, boolean terminal, LongSupplier nanos, String counted) {
        this.counted = counted;
        this.console = console;
        this.terminal = terminal;
        this.nanos = nanos;
    }

    @Override
    public void onStart(RunSummary run) {
        maxSteps = run.maxSteps();
        firstStep = run.firstStep();
        String from = firstStep > 1 ? String.format(Locale.ROOT, ", going on after step %,d", firstStep - 1) : "";
        console.note(String.format(
                Locale.ROOT,
                "training %,d parameters for %,d steps%s; the plan needs %,d bytes of device memory",
                run.parameters(),
                run.maxSteps(),
                from,
                run.predictedPeakDeviceBytes()));
        shownAt = nanos.getAsLong() - LINE_NANOS;
    }

    @Override
    public boolean onStep(StepMetrics metrics) {
        if (metrics.step() == firstStep) {
            startSeconds = metrics.elapsedSeconds();
        }
        long now = nanos.getAsLong();
        boolean last = metrics.step() == maxSteps;
        if (last || now - shownAt >= (terminal ? REWRITE_NANOS : LINE_NANOS)) {
            shownAt = now;
            show(line(metrics));
        }
        return true;
    }

    private void show(String line) {
        if (terminal) {
            console.rewrite(line + " ".repeat(Math.max(0, width - line.length())));
            width = line.length();
        } else {
            console.note(line);
        }
    }

    private String line(StepMetrics metrics) {
        String text = String.format(Locale.ROOT, "step %d/%d  loss %.4f  ", metrics.step(), maxSteps, metrics.loss());
        if (!Double.isNaN(validation)) {
            text += String.format(Locale.ROOT, "val %.4f  ", validation);
        }
        text += String.format(Locale.ROOT, "%,.0f %s/s", metrics.tokensPerSecond(), counted);
        long skipped = metrics.scaling().map(ScaledStep::skippedSteps).orElse(0L);
        if (skipped > 0) {
            text += "  " + skipped + " skipped";
        }
        if (metrics.step() < maxSteps) {
            text += "  " + left(metrics);
        }
        return terminal ? bar(metrics.step(), COLUMNS - 3 - text.length()) + text : text;
    }

    /** As long as there is room for; none if there is little. */
    private String bar(long step, int room) {
        int length = Math.min(BAR, room);
        if (length < 4) {
            return "";
        }
        int full = (int) (length * step / maxSteps);
        return "[" + "=".repeat(full) + " ".repeat(length - full) + "] ";
    }

    /** Time left at the mean speed since the second step: the first one is slow. */
    private String left(StepMetrics metrics) {
        long done = metrics.step() - firstStep;
        if (done < 1) {
            return "";
        }
        double perStep = (metrics.elapsedSeconds() - startSeconds) / done;
        return clock(perStep * (maxSteps - metrics.step())) + " left";
    }

    private static String clock(double seconds) {
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }

    @Override
    public void onValidation(ValidationMetrics metrics) {
        validation = metrics.loss();
    }

    @Override
    public void onCheckpoint(long step, Path folder) {
        if (!terminal) {
            console.note("checkpoint after step " + step + ": " + folder);
        }
    }

    @Override
    public void onSpike(Spike spike) {
        endLine();
        console.note(String.format(
                Locale.ROOT,
                "step %d: %s %.4g stands out, the median before it is %.4g; samples %,d to %,d",
                spike.step(),
                spike.quantity(),
                spike.value(),
                spike.median(),
                spike.firstSample(),
                spike.firstSample() + spike.samples() - 1));
    }

    @Override
    public void onPrint(String text) {
        endLine();
        console.note(text);
    }

    @Override
    public void onEnd(FitResult result) {
        endLine();
    }

    /** Ends the line also after an error, which {@link #onEnd} does not hear of. */
    @PreDestroy
    void endLine() {
        if (terminal && width > 0) {
            console.note("");
            width = 0;
        }
    }
}
