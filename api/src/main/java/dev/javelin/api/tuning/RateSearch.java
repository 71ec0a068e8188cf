package dev.javelin.api.tuning;

import dev.javelin.api.JavelinException;

/**
 * A range test of the learning rate: it grows from step to step by the same factor, from {@code least} to {@code most}, and
 * the loss tells where learning begins, where it is fastest and where it breaks down.
 *
 * <p>The test ends early once the loss, smoothed as it comes, is {@code divergence} times the lowest so far, or not finite.
 * The suggestion is the rate at which the loss falls fastest per logarithm of the rate: between the first {@code skip}
 * points, which are too few to smooth, and the lowest loss. For it losses are smoothed forward and back, so that they lag in
 * neither direction.
 *
 * <p>Source: Smith, "Cyclical learning rates for training neural networks", arXiv:1506.01186, section 3.3, with the
 * exponential growth, the smoothing and the steepest descent that fastai and Lightning made common. They smooth forward
 * only, which shifts the curve towards larger rates.
 *
 * @param least rate of the first step
 * @param most rate of the last step
 * @param steps number of rates
 * @param smoothing weight of the losses before, from 0 (none) to below 1
 * @param divergence how many times the lowest loss ends the test; 0 never
 * @param skip points at the start that are not suggested
 */
public record RateSearch(double least, double most, int steps, double smoothing, double divergence, int skip) {
    /** Fewest rates that make a curve. */
    private static final int FEWEST = 5;

    public RateSearch {
        require(
                least > 0 && most > least && Double.isFinite(most),
                "rates from " + least + " to " + most,
                "choose two rates above 0, the smaller one first");
        require(steps >= FEWEST, steps + " steps", "use " + FEWEST + " or more");
        require(smoothing >= 0 && smoothing < 1, "smoothing " + smoothing, "use 0 to below 1");
        require(divergence == 0 || divergence > 1, "divergence " + divergence, "use a factor above 1, or 0 for none");
        require(skip >= 0 && skip < steps - 2, skip + " of " + steps + " points skipped", "skip fewer");
    }

    private static void require(boolean condition, String problem, String remedy) {
        if (!condition) {
            throw new JavelinException("JVL-CFG-0014", "a learning rate test with " + problem, remedy);
        }
    }

    /** 100 rates from 1e-7 to 1, smoothing 0.9, an end at four times the lowest loss, ten points skipped. */
    public static RateSearch standard() {
        return new RateSearch(1e-7, 1, 100, 0.9, 4, 10);
    }

    public RateSearch withRange(double from, double to) {
        return new RateSearch(from, to, steps, smoothing, divergence, skip);
    }

    /** With so many rates, of which a tenth is skipped. */
    public RateSearch withSteps(int count) {
        return new RateSearch(least, most, count, smoothing, divergence, count / 10);
    }

    public RateSearch withSmoothing(double weight) {
        return new RateSearch(least, most, steps, weight, divergence, skip);
    }

    public RateSearch withDivergence(double factor) {
        return new RateSearch(least, most, steps, smoothing, factor, skip);
    }

    public RateSearch withSkip(int points) {
        return new RateSearch(least, most, steps, smoothing, divergence, points);
    }

    /** The rate of a point, from 0 on. */
    public double rate(long point) {
        return least * StrictMath.pow(most / least, (double) point / (steps - 1));
    }
}
