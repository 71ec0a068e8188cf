package dev.javelin.api.tuning;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a range test of the learning rate showed.
 *
 * @param points in the order of their rates
 * @param ended why the test was over
 * @param suggestion the rate of the steepest fall of the loss; empty if the loss did not fall
 */
public record RateFindings(List<Point> points, End ended, OptionalDouble suggestion) {
    public RateFindings {
        points = List.copyOf(points);
    }

    /**
     * One step.
     *
     * @param step of the test, counted from 1
     * @param loss of the step's batch, before its update
     * @param smoothed over the points before and behind
     */
    public record Point(long step, double rate, double loss, double smoothed) {}

    /** Why a test was over. */
    public enum End {
        /** All rates were tried. */
        RANGE,
        /** The loss had grown far above its lowest. */
        DIVERGED,
        /** A number was not finite any more. */
        NOT_FINITE,
        /** A callback ended it. */
        STOPPED
    }
}
