package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;

/**
 * A running average of the weights beside the weights themselves, which often generalises better than the last ones:
 *
 * <pre>
 * average ← average + rate(step) · (weights − average)
 * </pre>
 *
 * after the optimizer's update of every step. Averages cost as many bytes of device memory as the trainable parameters,
 * which the plan counts, and are part of checkpoints (kind {@code average}). Before {@code start} the average is the
 * weights themselves.
 *
 * <p>EMA: rate 1 − decay; the influence of old weights falls exponentially (Polyak, Juditsky, "Acceleration of stochastic
 * approximation by averaging", 1992; with a fixed decay as in Tarvainen, Valpola, arXiv:1703.01780, equation 2). With
 * {@code warmup} the n-th averaging uses the decay min(decay, (1 + n) / (10 + n)), as TensorFlow's
 * ExponentialMovingAverage does with its count of updates, so that the first, bad weights are soon forgotten.
 *
 * <p>SWA: rate 1 / (n + 1): the mean of the weights at the averaging steps (Izmailov, Podoprikhin, Garipov, Vetrov, Wilson,
 * "Averaging weights leads to wider optima and better generalization", arXiv:1803.05407, algorithm 1). It wants a learning
 * rate that stays high while it averages: {@link dev.javelin.api.optimizer.Schedule#swa}.
 *
 * @param decay EMA: how much of the average stays at each averaging, from 0 to below 1
 * @param warmup EMA: whether the decay grows from 0 on
 * @param start first step, counted from 1, whose weights are averaged; they are the average then
 * @param every steps from one averaging to the next
 * @param validation which weights the validation loss is of
 */
public record Averaging(Kind kind, double decay, boolean warmup, long start, long every, Validation validation) {

    /** How weights are averaged. */
    public enum Kind {
        NONE,
        EMA,
        SWA
    }

    /** Which weights a validation takes. */
    public enum Validation {
        /** The average. */
        AVERAGE,
        /** The weights themselves. */
        LAST,
        /** The average; the loss of the weights themselves is logged as {@value Averaging#LAST_LOSS}. */
        BOTH
    }

    /** Name among the logged scalars of a validation of BOTH. */
    public static final String LAST_LOSS = "lastWeightsLoss";

    public Averaging {
        require(decay >= 0 && decay < 1, "averageDecay", decay, "a number from 0 to below 1");
        require(start >= 1, "averageStart", start, "1 or a later step");
        require(every >= 1, "averageEvery", every, "1 step or more");
        require(
                kind != Kind.NONE || validation == Validation.LAST,
                "averageValidation",
                validation,
                "LAST where there is no average");
    }

    private static void require(boolean condition, String name, Object value, String range) {
        if (!condition) {
            throw new JavelinException("JVL-CFG-0013", "trainer." + name + " is " + value, "use " + range);
        }
    }

    /** No average. */
    public static Averaging none() {
        return new Averaging(Kind.NONE, 0, false, 1, 1, Validation.LAST);
    }

    /** An exponential average from the first step on, with warm-up; validation takes it. */
    public static Averaging ema(double decay) {
        return new Averaging(Kind.EMA, decay, true, 1, 1, Validation.AVERAGE);
    }

    /** The mean of the weights of this step and all later ones; validation takes it. */
    public static Averaging swa(long start) {
        return new Averaging(Kind.SWA, 0, false, start, 1, Validation.AVERAGE);
    }

    public Averaging withWarmup(boolean on) {
        return new Averaging(kind, decay, on, start, every, validation);
    }

    public Averaging withStart(long step) {
        return new Averaging(kind, decay, warmup, step, every, validation);
    }

    public Averaging withEvery(long steps) {
        return new Averaging(kind, decay, warmup, start, steps, validation);
    }

    public Averaging withValidation(Validation weights) {
        return new Averaging(kind, decay, warmup, start, every, weights);
    }

    /** True if there is an average. */
    public boolean active() {
        return kind != Kind.NONE;
    }

    /**
     * How far the average moves to the weights after a step, counted from 1: from 0, it stays, to 1, it becomes them. A
     * pure function, so that ranks and resumed runs agree.
     */
    public double rate(long step) {
        if (kind == Kind.NONE) {
            return 0;
        }
        long since = step - start;
        if (since <= 0) {
            return 1;
        }
        if (since % every != 0) {
            return 0;
        }
        long before = since / every;
        return kind == Kind.SWA ? 1.0 / (before + 1) : 1 - decay(before);
    }

    private double decay(long before) {
        return warmup ? Math.min(decay, (1.0 + before) / (10.0 + before)) : decay;
    }
}
