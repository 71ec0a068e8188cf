package dev.javelin.engine.lower;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Learning rates against their formulas. */
class ScheduleOfRatesTest {
    private static final double RATE = 3e-3;

    @Test
    void aConstantRateIsConstant() {
        for (long step : new long[] {1, 7, 1000}) {
            assertEquals(RATE, Schedule.constant(RATE).learningRate(step, 1000));
        }
    }

    @ParameterizedTest
    @CsvSource({"100, 10, 10", "100, 50, 10", "100, 3, 3", "15, 100, 1", "9, 100, 0", "1, 0, 0"})
    void warmUpRisesLinearlyOverAtMostATenthOfTheRunAndThenTheRateFalls(long steps, long asked, long warmup) {
        double end = 0.1;
        for (long step = 1; step <= steps; step++) {
            double done = (double) (step - warmup) / Math.max(1, steps - warmup);
            double linear = RATE * (1 - (1 - end) * done);
            double cosine = RATE * (end + (1 - end) * 0.5 * (1 + Math.cos(Math.PI * done)));
            if (step < warmup) {
                linear = RATE * step / warmup;
                cosine = linear;
            }
            assertEquals(linear, Schedule.linear(RATE, asked, end).learningRate(step, steps), 1e-17, "linear " + step);
            assertEquals(cosine, Schedule.cosine(RATE, asked, end).learningRate(step, steps), 1e-17, "cosine " + step);
        }
    }

    @Test
    void theRateIsHighestAtTheEndOfTheWarmUpAndLowestAtTheLastStepAndStaysThereBeyond() {
        Schedule cosine = Schedule.cosine(RATE, 10, 0.25);
        assertEquals(RATE, cosine.learningRate(10, 100), 1e-18);
        assertEquals(0.25 * RATE, cosine.learningRate(100, 100), 1e-18);
        assertEquals(0.25 * RATE, cosine.learningRate(120, 100), 1e-18);
        assertEquals(RATE / 10, cosine.learningRate(1, 100), 1e-18);
    }

    @Test
    void ratesThatAreNegativeOrNotFiniteAreRefused() {
        for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertEquals(
                    "JVL-CFG-0002",
                    assertThrows(JavelinException.class, () -> Schedule.constant(bad))
                            .code());
        }
    }
}
