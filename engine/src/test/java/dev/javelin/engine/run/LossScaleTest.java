package dev.javelin.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.trainer.LossScaling;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scale of the loss changes as DeepSpeed's does. */
class LossScaleTest {

    /** DeepSpeed's rule in its own variables: counts of iterations, and the last one that overflowed. */
    private static final class DeepSpeed {
        private final LossScaling settings;
        private double scale;
        private long iteration;
        private long lastOverflow = -1;
        private int hysteresis;

        DeepSpeed(LossScaling settings) {
            this.settings = settings;
            scale = settings.initial();
            hysteresis = settings.hysteresis();
        }

        /** False where DeepSpeed gives up. */
        boolean update(boolean overflow) {
            if (overflow) {
                if (settings.hysteresis() == 1 || hysteresis == 1) {
                    if (scale == settings.minimum()) {
                        return false;
                    }
                    scale = Math.max(scale / 2, settings.minimum());
                } else {
                    hysteresis--;
                }
                lastOverflow = iteration;
            } else {
                if (settings.consecutive()) {
                    hysteresis = settings.hysteresis();
                }
                if ((iteration - lastOverflow) % settings.window() == 0) {
                    if (!settings.consecutive()) {
                        hysteresis = settings.hysteresis();
                    }
                    scale = Math.min(scale * 2, LossScaling.MOST); // where ours ends, theirs goes on
                }
            }
            iteration++;
            return true;
        }
    }

    @ParameterizedTest
    @CsvSource({"16,1000,2,false,1", "4,3,1,false,1", "4,3,2,false,1", "6,5,3,true,2", "5,1,2,false,0.5", "3,4,4,true,8"
    })
    void itIsDeepSpeedsForAnySequenceOfOverflows(
            int power, long window, int hysteresis, boolean consecutive, double minimum) {
        LossScaling settings = LossScaling.dynamic()
                .withInitialPower(power)
                .withWindow(window)
                .withHysteresis(hysteresis)
                .withConsecutive(consecutive)
                .withMinimum(minimum);
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            double rate = random.nextDouble() * random.nextDouble();
            DeepSpeed expected = new DeepSpeed(settings);
            LossScale actual = LossScale.begin(settings);
            long skipped = 0;
            for (int step = 0; step < 60; step++) {
                boolean overflow = random.nextDouble() < rate;
                boolean ends = overflow && actual.exhausted();
                assertEquals(expected.update(overflow), !ends, "seed " + seed + ", step " + step);
                if (ends) {
                    break;
                }
                actual = actual.after(!overflow);
                skipped += overflow ? 1 : 0;
                assertEquals(expected.scale, actual.scale(), "seed " + seed + ", step " + step);
                assertEquals(new StepScale(actual.scale(), skipped), actual.now());
            }
        }
    }

    @Test
    void theFirstOverflowOnlySkipsAndTheSecondHalves() {
        LossScale scale = LossScale.begin(LossScaling.dynamic());
        assertEquals(65536, scale.scale());
        scale = scale.after(false);
        assertEquals(65536, scale.scale());
        scale = scale.after(true).after(false);
        assertEquals(32768, scale.scale(), "a step between does not make up for the first");
        scale = scale.after(false);
        assertEquals(16384, scale.scale(), "nor does halving");
        for (int i = 0; i < 1000; i++) {
            scale = scale.after(true);
        }
        assertEquals(32768, scale.scale());
        assertEquals(32768, scale.after(false).scale(), "a whole window does");
        assertEquals(4, scale.after(false).skipped());
    }

    @Test
    void aFixedScaleStaysAndEndsWhenItsHysteresisIsSpent() {
        LossScale scale = LossScale.begin(LossScaling.fixed(128).withHysteresis(3));
        for (int i = 0; i < 3000; i++) {
            scale = scale.after(true);
        }
        assertEquals(128, scale.scale());
        scale = scale.after(false).after(false);
        assertEquals(128, scale.scale());
        assertTrue(scale.exhausted());
        assertEquals(2, scale.skipped());
    }

    @Test
    void growthEndsWhereFloatsStillHoldTheScaledLoss() {
        LossScale scale =
                LossScale.begin(LossScaling.dynamic().withInitialPower(63).withWindow(1));
        assertEquals(LossScaling.MOST, scale.after(true).scale());
        assertEquals(LossScaling.MOST, scale.after(true).after(true).after(true).scale());
    }

    @Test
    void withoutScalingNothingChanges() {
        LossScale scale = LossScale.begin(LossScaling.none());
        assertEquals(scale, scale.after(false).after(true));
        assertEquals(StepScale.none(), scale.now());
        assertFalse(LossScaling.none().active());
    }
}
