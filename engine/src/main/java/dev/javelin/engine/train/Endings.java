package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.JsonNode;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.RunReport;
import dev.javelin.api.trainer.Throughput;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.RunFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/** How runs end, and what is known of one that ended before. */
final class Endings {
    private Endings() {}

    /** Why no further step was done. */
    static String reason(RunReport.Ending ending, RunState state, TrainerOptions options) {
        return switch (ending) {
            case STEPS -> "all steps are done";
            case EARLY_STOPPING -> state.patience().reason(options.earlyStopping());
            case CALLBACK -> "a callback asked for it";
            case INTERRUPTED -> "it was stopped";
        };
    }

    /**
     * Looks whether early stopping can work.
     *
     * @throws JavelinException {@code JVL-CFG-0093} if nothing is validated before the end
     */
    static void requireValidation(TrainerOptions options, boolean validates) {
        if (options.earlyStopping().active() && (!validates || options.validateEvery() == 0)) {
            throw new JavelinException(
                    "JVL-CFG-0093",
                    "early stopping with a patience of "
                            + options.earlyStopping().patience() + ", but "
                            + (validates ? "the run validates at its end only" : "there is no validation data"),
                    validates
                            ? "set trainer.validateEvery to the steps between validations, or"
                                    + " trainer.earlyStopping.patience to 0"
                            : "hold some data back (data.validation), or set trainer.earlyStopping.patience to 0");
        }
    }

    /** Whether a checkpoint was the last of its run, as these options see it. */
    static boolean isEnd(RunState state, TrainerOptions options) {
        return state.step() >= options.maxSteps() || state.patience().exhausted(options.earlyStopping());
    }

    /** The result of a run that has ended before. */
    static FitResult of(Checkpoint checkpoint, RunState state, TrainerOptions options, Compilation compilation) {
        Path run = OutFolder.run(checkpoint);
        JsonNode summary = SummaryFile.read(run);
        JsonNode validation = summary.path("validationLoss");
        RunReport.Ending ending =
                state.step() >= options.maxSteps() ? RunReport.Ending.STEPS : RunReport.Ending.EARLY_STOPPING;
        return new FitResult(
                compilation.paths().parameters().values().stream()
                        .mapToLong(parameter -> parameter.shape().elements())
                        .sum(),
                state.step(),
                state.loss(),
                state.validationLoss().isPresent() || !validation.isNumber()
                        ? state.validationLoss()
                        : OptionalDouble.of(validation.doubleValue()),
                summary.path("tokensPerSecondMedian").asDouble(0),
                compilation.memory().peakBytes(),
                summary.path("measuredPeakDeviceBytes").asLong(0),
                summary.path("wallSeconds").asDouble(0),
                checkpoint.folder(),
                false,
                new RunReport(
                        ending,
                        reason(ending, state, options),
                        best(run, options.checkpoints().keepBest()),
                        Throughput.none(),
                        List.of(),
                        0,
                        state.scale().skipped()));
    }

    /** The checkpoints of a run with the lowest validation losses, the best first. */
    static List<RunReport.Kept> best(Path run, int most) {
        return RunFolder.best(run, most).stream()
                .map(ranked -> new RunReport.Kept(
                        ranked.found().step(),
                        ranked.validationLoss(),
                        ranked.found().folder()))
                .toList();
    }
}
