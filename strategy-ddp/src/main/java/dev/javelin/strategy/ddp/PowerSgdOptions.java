package dev.javelin.strategy.ddp;

import dev.javelin.spi.Options;
import java.util.List;
import java.util.Optional;

/**
 * PowerSGD in the words of PyTorch's PowerSGDState.
 *
 * @param rank columns of the factors
 * @param startStep after so many steps of plain reduction (start_powerSGD_iter)
 * @param errorFeedback whether what a step's approximation leaves out is added to the next gradient
 * @param warmStart whether the factors of a step are where the next one starts from
 * @param leastRate a matrix is compressed only if that makes it smaller by more than this factor
 */
record PowerSgdOptions(int rank, long startStep, boolean errorFeedback, boolean warmStart, double leastRate) {
    static final String RANK = "powerSgdRank";
    static final String START = "powerSgdStartStep";
    static final String ERROR_FEEDBACK = "powerSgdErrorFeedback";
    static final String WARM_START = "powerSgdWarmStart";
    static final String LEAST_RATE = "powerSgdMinCompressionRate";

    private static final int MOST_RANK = 1024;
    private static final double MOST_RATE = 1e6;

    /** Empty if the rank is 0. */
    static Optional<PowerSgdOptions> of(Options options) {
        int rank = (int) options.integer(RANK, 0, 0, MOST_RANK);
        PowerSgdOptions read = new PowerSgdOptions(
                rank,
                options.integer(START, 1000, 0, DdpOptions.MOST_STEPS),
                options.flag(ERROR_FEEDBACK, true),
                options.flag(WARM_START, true),
                DdpOptions.number(options, LEAST_RATE, 2, 0, MOST_RATE));
        if (rank > 0) {
            return Optional.of(read);
        }
        DdpOptions.requireAbsent(
                options,
                List.of(START, ERROR_FEEDBACK, WARM_START, LEAST_RATE),
                RANK + " is 0: there is no PowerSGD",
                RANK);
        return Optional.empty();
    }

    /** The factors' rank for a matrix of so many rows and columns. */
    int rank(long rows, long columns) {
        return (int) Math.min(rank, Math.min(rows, columns));
    }

    /** Whether a matrix becomes smaller by more than {@link #leastRate}. */
    boolean compresses(long rows, long columns) {
        return rows > 0
                && columns > 0
                && (rows + columns) * (double) rank(rows, columns) * leastRate < (double) rows * columns;
    }
}
