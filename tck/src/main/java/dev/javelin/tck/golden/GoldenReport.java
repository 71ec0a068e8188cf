package dev.javelin.tck.golden;

import dev.javelin.api.trainer.Precision;

/**
 * The outcome of a golden run.
 *
 * @param lossError largest relative error of a step's loss
 * @param gradientError largest error of a first gradient: max |x − reference| / max |reference| of the tensor
 * @param weightError the same for the final weights
 * @param weightsSha256 of the final weights, little-endian, in the order of declaration
 */
public record GoldenReport(
        String name,
        Precision precision,
        double lossError,
        double gradientError,
        double weightError,
        String weightsSha256) {

    /** Whether the errors are within the tolerances of the precision. */
    public boolean pass() {
        return switch (precision) {
            case TRUE_64 -> lossError <= 1e-9 && gradientError <= 1e-9 && weightError <= 1e-9;
            case TRUE_32 -> lossError <= 2e-5 && gradientError <= 1e-4;
            case BF16_MIXED, BF16_TRUE -> lossError <= 2e-3 && gradientError <= 5e-2;
            case MIXED_16, TRUE_16 -> lossError <= 1e-3 && gradientError <= 1e-2;
        };
    }
}
