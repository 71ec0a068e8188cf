package dev.javelin.api.optimizer;

import dev.javelin.api.JavelinException;

/** The learning rate as a pure function of the step. */
@FunctionalInterface
public interface Schedule {

    /**
     * The learning rate at a step.
     *
     * @param step counted from 1
     * @param maxSteps steps of the whole run
     */
    double learningRate(long step, long maxSteps);

    /** The same rate throughout. */
    static Schedule constant(double rate) {
        requireRate(rate);
        return (step, maxSteps) -> rate;
    }

    /** Linear warm-up to {@code rate}, then linear descent to {@code rate · finalFactor} at the last step. */
    static Schedule linear(double rate, long warmupSteps, double finalFactor) {
        requireRate(rate);
        return (step, maxSteps) -> {
            long warmup = warmup(warmupSteps, maxSteps);
            double fraction = step <= warmup ? 0 : fraction(step, warmup, maxSteps);
            return rise(rate, step, warmup) * (1 - (1 - finalFactor) * fraction);
        };
    }

    /**
     * Linear warm-up to {@code rate}, then half a cosine down to {@code rate · finalFactor} at the last step. The
     * warm-up takes at most a tenth of the run.
     *
     * <p>Source: Loshchilov, Hutter, "SGDR", arXiv:1608.03983, equation 5, without restarts.
     */
    static Schedule cosine(double rate, long warmupSteps, double finalFactor) {
        requireRate(rate);
        return (step, maxSteps) -> {
            long warmup = warmup(warmupSteps, maxSteps);
            double fraction = step <= warmup ? 0 : fraction(step, warmup, maxSteps);
            double cosine = 0.5 * (1 + StrictMath.cos(StrictMath.PI * fraction));
            return rise(rate, step, warmup) * (finalFactor + (1 - finalFactor) * cosine);
        };
    }

    /**
     * For stochastic weight averaging: another schedule until {@code start}, then in {@code annealSteps} along half a cosine
     * from what that one has there to a constant rate.
     *
     * <p>Source: Izmailov et al., arXiv:1803.05407, section 3.1, the constant rate; the way there as PyTorch's SWALR.
     *
     * @param start the first step, counted from 1, that leaves the other schedule
     */
    static Schedule swa(Schedule before, long start, double rate, long annealSteps) {
        requireRate(rate);
        if (start < 1 || annealSteps < 0) {
            throw new JavelinException(
                    "JVL-CFG-0013",
                    "weight averaging from step " + start + " with " + annealSteps + " annealing steps",
                    "use step 1 or later, and 0 annealing steps or more");
        }
        return (step, maxSteps) -> {
            if (step < start) {
                return before.learningRate(step, maxSteps);
            }
            if (step - start >= annealSteps) {
                return rate;
            }
            double from = before.learningRate(start, maxSteps);
            double fraction = (double) (step - start) / annealSteps;
            return rate + (from - rate) * 0.5 * (1 + StrictMath.cos(StrictMath.PI * fraction));
        };
    }

    private static long warmup(long warmupSteps, long maxSteps) {
        return Math.min(warmupSteps, maxSteps / 10);
    }

    private static double rise(double rate, long step, long warmup) {
        return step < warmup ? rate * step / warmup : rate;
    }

    private static double fraction(long step, long warmup, long maxSteps) {
        return Math.min(1, (double) (step - warmup) / Math.max(1, maxSteps - warmup));
    }

    private static void requireRate(double rate) {
        if (!(rate >= 0) || Double.isInfinite(rate)) {
            throw new JavelinException(
                    "JVL-CFG-0002", "optimizer.learningRate is " + rate, "choose a finite rate of 0 or more");
        }
    }
}
