package dev.javelin.api.trainer;

/**
 * How fast a run was: medians over the steps of this process.
 *
 * @param flopsPerSecond floating-point operations of all kernels and ranks
 * @param deviceShare part of what the devices are said to do at most; 0 if that is unknown
 * @param dataShare part of all steps' time that went into reading rows
 */
public record Throughput(
        double tokensPerSecond, double samplesPerSecond, double flopsPerSecond, double deviceShare, double dataShare) {

    /** No step was done. */
    public static Throughput none() {
        return new Throughput(0, 0, 0, 0, 0);
    }
}
