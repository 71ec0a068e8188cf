package dev.javelin.cli;

import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.ModelSummary;
import dev.javelin.api.trainer.RunReport;
import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.Throughput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is said of a training at its end, in lines and as an object. */
final class FitReport {
    private static final int SPIKES_SHOWN = 5;

    private final FitResult result;
    private final Console console;

    FitReport(FitResult result, Console console) {
        this.result = result;
        this.console = console;
    }

    /**
     * A run that came to its end in this process.
     *
     * @param measured by the model at the last validation, by name
     * @param counted what tokens per second count: tokens, or the rows of a table
     */
    void ended(Map<String, Double> measured, String counted) {
        RunReport report = result.report();
        if (report.ending() == RunReport.Ending.EARLY_STOPPING) {
            console.line(format("stopped early after step %,d: %s", result.steps(), report.reason()));
        }
        StringBuilder validation = new StringBuilder();
        result.validationLoss().ifPresent(loss -> validation.append(format(", validation loss %.4f", loss)));
        new TreeMap<>(measured).forEach((name, value) -> validation.append(format(", %s %.4f", name, value)));
        console.line(format(
                "trained %,d parameters for %,d steps in %.1f s: loss %.4f%s, %,.0f %s/s",
                result.parameters(),
                result.steps(),
                result.wallSeconds(),
                result.finalLoss(),
                validation,
                result.tokensPerSecondMedian(),
                counted));
        throughput(report.throughput());
        console.line(format(
                "peak device memory: %,d bytes predicted, %,d measured",
                result.predictedPeakDeviceBytes(), result.measuredPeakDeviceBytes()));
        skipped(report);
        spikes(report);
    }

    private void throughput(Throughput throughput) {
        String share = throughput.deviceShare() > 0
                ? format(" (%.0f %% of the device's nominal rate)", 100 * throughput.deviceShare())
                : "";
        console.line(format(
                "throughput: %,.1f samples/s, %,.2f GFLOP/s%s, %.1f %% of the time reading data",
                throughput.samplesPerSecond(), throughput.flopsPerSecond() / 1e9, share, 100 * throughput.dataShare()));
    }

    private void skipped(RunReport report) {
        if (report.skippedSteps() > 0) {
            console.line(format("skipped steps: %,d, whose scaled gradients overflowed", report.skippedSteps()));
        }
    }

    private void spikes(RunReport report) {
        if (report.spikeCount() == 0) {
            return;
        }
        List<String> shown = new ArrayList<>();
        for (Spike spike : report.spikes()
                .subList(0, Math.min(SPIKES_SHOWN, report.spikes().size()))) {
            shown.add(format("%s %.4g at step %,d", spike.quantity(), spike.value(), spike.step()));
        }
        String more = report.spikeCount() > shown.size() ? ", ..." : "";
        console.line(format(
                "spikes: %,d (%s%s); their samples and rows are in the log",
                report.spikeCount(), String.join(", ", shown), more));
    }

    /** A run that had ended before: nothing was done. */
    void finished() {
        boolean early = result.report().ending() == RunReport.Ending.EARLY_STOPPING;
        console.line(
                early
                        ? format(
                                "the run is finished: it stopped early after step %,d, as %s;"
                                        + " a larger trainer.earlyStopping.patience (0 for none) takes it further",
                                result.steps(), result.report().reason())
                        : format(
                                "the run is finished: it has done all its %,d steps; --max-steps takes it further",
                                result.steps()));
    }

    /** A fast-dev-run. */
    void tried(int steps) {
        console.line(format(
                "fast-dev-run: %,d step%s, %sa checkpoint written and read back; all of it works, and nothing was kept",
                steps, steps == 1 ? "" : "s", result.validationLoss().isPresent() ? "a validation, " : ""));
    }

    /** A run that can be gone on with. */
    void interrupted(long maxSteps, Path out) {
        console.line(format("stopped after step %,d of %,d", result.steps(), maxSteps));
        checkpoints();
        if (result.checkpoint() != null) {
            console.line("go on with: javelin fit --resume " + out);
        }
    }

    /** Where the last checkpoint and the best one lie. */
    void checkpoints() {
        if (result.checkpoint() != null) {
            console.line("checkpoint: " + result.checkpoint());
        }
        if (!result.report().best().isEmpty()) {
            RunReport.Kept best = result.report().best().getFirst();
            console.line(format("best: %s, validation loss %.4f", best.folder().getFileName(), best.validationLoss()));
        }
    }

    /** The layers of a model for {@code --json}. */
    static List<Map<String, Object>> model(ModelSummary summary, int depth) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (ModelSummary.Row row : summary.layers(depth)) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("path", row.path());
            object.put("type", row.type());
            object.put(
                    "output", row.output() == null ? null : row.output().shape().toString());
            object.put("parameters", row.parameters());
            object.put("trainable", row.trainable());
            object.put("storedBytes", row.storedBytes());
            rows.add(object);
        }
        return rows;
    }

    /** For {@code --json}. */
    Map<String, Object> object(@Nullable Path out) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("parameters", result.parameters());
        object.put("steps", result.steps());
        object.put("finalLoss", finite(result.finalLoss()));
        object.put(
                "validationLoss",
                result.validationLoss().isPresent()
                        ? finite(result.validationLoss().getAsDouble())
                        : null);
        object.put("tokensPerSecondMedian", finite(result.tokensPerSecondMedian()));
        object.put("predictedPeakDeviceBytes", result.predictedPeakDeviceBytes());
        object.put("measuredPeakDeviceBytes", result.measuredPeakDeviceBytes());
        object.put("wallSeconds", result.wallSeconds());
        object.put("out", Objects.toString(out, null));
        object.put("checkpoint", Objects.toString(result.checkpoint(), null));
        object.put("interrupted", result.interrupted());
        RunReport report = result.report();
        object.put("ending", report.ending().name().toLowerCase(Locale.ROOT));
        object.put("reason", report.reason());
        object.put("best", report.best().stream().map(FitReport::kept).toList());
        Map<String, Object> throughput = new LinkedHashMap<>();
        throughput.put("samplesPerSecond", report.throughput().samplesPerSecond());
        throughput.put("flopsPerSecond", report.throughput().flopsPerSecond());
        throughput.put("deviceShare", report.throughput().deviceShare());
        throughput.put("dataShare", report.throughput().dataShare());
        object.put("throughput", throughput);
        object.put("spikes", report.spikeCount());
        object.put("skippedSteps", report.skippedSteps());
        return object;
    }

    private static Map<String, Object> kept(RunReport.Kept kept) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("step", kept.step());
        object.put("validationLoss", kept.validationLoss());
        object.put("checkpoint", kept.folder().toString());
        return object;
    }

    /** JSON knows no NaN. */
    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? (Double) value : null;
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
