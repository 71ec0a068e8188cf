package dev.javelin.api.trainer;

import java.nio.file.Path;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a run.
 *
 * @param finalLoss training loss of the last step
 * @param validationLoss of the last validation, if there was one
 * @param checkpoint folder of the last checkpoint, if any was written
 * @param interrupted true if a stop was requested before the last step
 * @param report how it ended, the best checkpoints, and what monitors found
 */
public record FitResult(
        long parameters,
        long steps,
        double finalLoss,
        OptionalDouble validationLoss,
        double tokensPerSecondMedian,
        long predictedPeakDeviceBytes,
        long measuredPeakDeviceBytes,
        double wallSeconds,
        @Nullable Path checkpoint,
        boolean interrupted,
        RunReport report) {}
