package dev.javelin.engine.train;

import java.util.Arrays;

/** Times of steps: how long each took, how long the run has gone on. */
final class Clock {
    private final double secondsBefore;
    private final long startNanos = System.nanoTime();
    private long stepNanos;
    private double stepSeconds;
    private double dataSeconds;
    private double allStepSeconds;
    private double allDataSeconds;
    private long tokens;
    private double[] rates = new double[64];
    private int steps;

    Clock(double secondsBefore) {
        this.secondsBefore = secondsBefore;
    }

    void beginStep() {
        stepNanos = System.nanoTime();
    }

    /** The rows of the step are read. */
    void dataRead() {
        dataSeconds = (System.nanoTime() - stepNanos) * 1e-9;
    }

    /** The device was done with the step before rows of the next one were read. */
    void rowsLate(long nanos) {
        dataSeconds += nanos * 1e-9;
    }

    /** Tokens per second of the step that began last. */
    double endStep(long tokensOfStep) {
        stepSeconds = Math.max(1e-9, (System.nanoTime() - stepNanos) * 1e-9);
        allStepSeconds += stepSeconds;
        allDataSeconds += dataSeconds;
        tokens += tokensOfStep;
        double rate = tokensOfStep / stepSeconds;
        if (steps == rates.length) {
            rates = Arrays.copyOf(rates, 2 * steps);
        }
        rates[steps++] = rate;
        return rate;
    }

    /** Of the last step, reading its rows included. */
    double stepSeconds() {
        return stepSeconds;
    }

    /** Of these, for reading rows while no device computed. */
    double dataSeconds() {
        return dataSeconds;
    }

    /** Steps of this process. */
    int steps() {
        return steps;
    }

    /** Tokens of all steps of this process. */
    long tokens() {
        return tokens;
    }

    /** Part of all steps' time that went into reading rows. */
    double dataShare() {
        return allStepSeconds > 0 ? allDataSeconds / allStepSeconds : 0;
    }

    /** Of the run, with the time before a resume. */
    double elapsedSeconds() {
        return secondsBefore + (System.nanoTime() - startNanos) * 1e-9;
    }

    /** Median over the steps of this process; 0 if there were none. */
    double medianRate() {
        double[] sorted = Arrays.copyOf(rates, steps);
        Arrays.sort(sorted);
        return steps == 0 ? 0 : (sorted[(steps - 1) / 2] + sorted[steps / 2]) / 2;
    }
}
