package dev.javelin.api.trainer;

/**
 * What a step worked on and how fast, over all ranks.
 *
 * @param firstSample the first sample of the step, counted from 0 over all epochs
 * @param samples how many it consumed: rows of the training data, from {@code firstSample} on
 * @param tokens elements of the first input field (rows, for data without positions)
 * @param flops floating-point operations of all kernels of the step, as the accelerator counts them
 * @param seconds of the step, reading its rows included
 * @param dataSeconds of these for reading rows while no device computed, on the first rank
 * @param deviceFlopsPerSecond what all devices together are said to do at most; 0 if that is unknown
 */
public record StepWork(
        long firstSample,
        long samples,
        long tokens,
        double flops,
        double seconds,
        double dataSeconds,
        double deviceFlopsPerSecond) {

    /** Nothing done. */
    public static StepWork none() {
        return new StepWork(0, 0, 0, 0, 0, 0, 0);
    }

    public double tokensPerSecond() {
        return rate(tokens);
    }

    public double samplesPerSecond() {
        return rate(samples);
    }

    public double flopsPerSecond() {
        return rate(flops);
    }

    /** Part of the devices' nominal rate that was used; 0 if that is unknown. */
    public double deviceShare() {
        return deviceFlopsPerSecond > 0 ? flopsPerSecond() / deviceFlopsPerSecond : 0;
    }

    /** Part of the step that went into reading rows. */
    public double dataShare() {
        return seconds > 0 ? dataSeconds / seconds : 0;
    }

    private double rate(double amount) {
        return seconds > 0 ? amount / seconds : 0;
    }
}
