package dev.javelin.engine.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.tuning.RateFindings;
import dev.javelin.api.tuning.RateSearch;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateCurveTest {
    private static final RateSearch SEARCH = RateSearch.standard();

    /** A loss that falls around one rate as a logistic function of its logarithm, and rises behind another. */
    private static double loss(double rate, double steepest, double end) {
        double fall = 1 / (1 + Math.exp(-4 * Math.log(rate / steepest)));
        double rise = rate < end ? 0 : Math.log(rate / end) * 3;
        return 5 - 3 * fall + rise * rise;
    }

    private static RateFindings of(RateSearch search, double steepest, double end, double noise) {
        RateCurve curve = new RateCurve(search);
        Random random = new Random(3);
        for (int i = 0; i < search.steps(); i++) {
            double loss = loss(search.rate(i), steepest, end) + noise * random.nextGaussian();
            if (curve.add(loss)) {
                return curve.findings(RateFindings.End.DIVERGED);
            }
        }
        return curve.findings(RateFindings.End.RANGE);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-4, 1e-3, 3e-3, 1e-2})
    void theSuggestionIsWhereTheLossFallsFastestWhateverTheSmoothing(double steepest) {
        for (double smoothing : new double[] {0, 0.5, 0.9}) {
            RateFindings findings = of(SEARCH.withSmoothing(smoothing), steepest, 0.3, 0);
            double suggestion = findings.suggestion().orElseThrow();
            assertEquals(Math.log10(steepest), Math.log10(suggestion), 0.25, "smoothing " + smoothing);
        }
    }

    @Test
    void noiseMovesItByLessThanHalfADecade() {
        double suggestion = of(SEARCH, 1e-3, 0.3, 0.1).suggestion().orElseThrow();
        assertEquals(-3, Math.log10(suggestion), 0.5);
    }

    @Test
    void theTestEndsOnceTheSmoothedLossIsSoManyTimesItsLowest() {
        RateFindings early = of(SEARCH.withSmoothing(0).withDivergence(2), 1e-3, 1e-2, 0);
        assertEquals(RateFindings.End.DIVERGED, early.ended());
        double last = early.points().getLast().loss();
        double lowest = early.points().stream()
                .mapToDouble(RateFindings.Point::loss)
                .min()
                .orElseThrow();
        assertTrue(last > 2 * lowest, last + " and " + lowest);
        assertTrue(early.points().get(early.points().size() - 2).loss() <= 2 * lowest);
        assertEquals(100, of(SEARCH.withDivergence(0), 1e-3, 1e-2, 0).points().size());
    }

    @Test
    void aLossThatNeverFallsGivesNoSuggestion() {
        RateCurve curve = new RateCurve(SEARCH);
        for (int i = 0; i < 100; i++) {
            assertFalse(curve.add(3 + 0.001 * i));
        }
        assertTrue(curve.findings(RateFindings.End.RANGE).suggestion().isEmpty());
    }

    @Test
    void pointsAtTheStartAreSkipped() {
        RateCurve curve = new RateCurve(SEARCH.withSmoothing(0));
        for (int i = 0; i < 100; i++) {
            curve.add(i < 10 ? 100 - 9 * i : i < 60 ? 10 - 0.1 * i : i == 60 ? 3.5 : 3);
        }
        double suggestion = curve.findings(RateFindings.End.RANGE).suggestion().orElseThrow();
        assertTrue(suggestion >= SEARCH.rate(10), "not among the first ten: " + suggestion);
    }

    @Test
    void aConstantLossIsSmoothedToItself() {
        RateCurve curve = new RateCurve(SEARCH);
        for (int i = 0; i < 30; i++) {
            curve.add(2.5);
        }
        curve.findings(RateFindings.End.STOPPED).points().forEach(point -> assertEquals(2.5, point.smoothed(), 1e-12));
    }
}
