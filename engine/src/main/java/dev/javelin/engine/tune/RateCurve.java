package dev.javelin.engine.tune;

import dev.javelin.api.tuning.RateFindings;
import dev.javelin.api.tuning.RateSearch;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** The losses of a range test as they come, whether they have grown too far, and what they say at the end. */
final class RateCurve {
    private final RateSearch search;
    private final List<Double> losses = new ArrayList<>();
    private double mean;
    private double lowest = Double.POSITIVE_INFINITY;

    RateCurve(RateSearch search) {
        this.search = search;
    }

    /** Adds the loss of the next rate; true if the smoothed loss is too far above its lowest now. */
    boolean add(double loss) {
        losses.add(loss);
        mean = search.smoothing() * mean + (1 - search.smoothing()) * loss;
        double smoothed = mean / (1 - StrictMath.pow(search.smoothing(), losses.size()));
        boolean grown = search.divergence() > 0 && losses.size() > 1 && smoothed > search.divergence() * lowest;
        lowest = Math.min(lowest, smoothed);
        return grown;
    }

    int size() {
        return losses.size();
    }

    RateFindings findings(RateFindings.End ended) {
        double[] smoothed = smoothed();
        List<RateFindings.Point> points = new ArrayList<>();
        for (int i = 0; i < smoothed.length; i++) {
            points.add(new RateFindings.Point(i + 1, search.rate(i), losses.get(i), smoothed[i]));
        }
        return new RateFindings(points, ended, steepest(smoothed));
    }

    /** An exponential mean forward and one back over it, each with its start corrected. */
    private double[] smoothed() {
        double[] values = new double[losses.size()];
        double forward = 0;
        for (int i = 0; i < values.length; i++) {
            forward = search.smoothing() * forward + (1 - search.smoothing()) * losses.get(i);
            values[i] = forward / (1 - StrictMath.pow(search.smoothing(), i + 1));
        }
        double back = 0;
        for (int i = values.length - 1; i >= 0; i--) {
            back = search.smoothing() * back + (1 - search.smoothing()) * values[i];
            values[i] = back / (1 - StrictMath.pow(search.smoothing(), values.length - i));
        }
        return values;
    }

    /** Rates grow by one factor, so that differences of neighbours are slopes over the logarithm of the rate. */
    private OptionalDouble steepest(double[] smoothed) {
        int least = search.skip();
        for (int i = search.skip(); i < smoothed.length; i++) {
            least = smoothed[i] < smoothed[least] ? i : least;
        }
        int best = -1;
        double steepest = 0;
        for (int i = Math.max(1, search.skip()); i < least; i++) {
            double slope = smoothed[i + 1] - smoothed[i - 1];
            if (slope < steepest) {
                steepest = slope;
                best = i;
            }
        }
        return best < 0 ? OptionalDouble.empty() : OptionalDouble.of(search.rate(best));
    }
}
