package dev.javelin.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Sampling")
class SamplingTest {
    private static final double[] LOGITS = {0, 2, 1, -5, 2};

    @Test
    @DisplayName("takes the first of the most likely tokens at temperature 0")
    void isGreedyAtZero() {
        assertEquals(1, new Sampling(0, 0, 1).choose(LOGITS, 0));
    }

    @Test
    @DisplayName("gives equal tokens for equal seeds and other ones for other seeds")
    void dependsOnTheSeedAlone() {
        int differences = 0;
        for (long i = 0; i < 100; i++) {
            assertEquals(new Sampling(1, 0, 7).choose(LOGITS, i), new Sampling(1, 0, 7).choose(LOGITS, i));
            differences += new Sampling(1, 0, 7).choose(LOGITS, i) == new Sampling(1, 0, 8).choose(LOGITS, i) ? 0 : 1;
        }
        assertTrue(differences > 20, "only " + differences + " of 100 differ");
    }

    @Test
    @DisplayName("chooses among the K most likely only")
    void keepsToTheTop() {
        Set<Integer> chosen = new HashSet<>();
        for (long i = 0; i < 1000; i++) {
            chosen.add(new Sampling(3, 3, 1).choose(LOGITS, i));
        }
        assertEquals(Set.of(1, 2, 4), chosen);
    }

    @Test
    @DisplayName("chooses each token as often as its probability says")
    void followsTheProbabilities() {
        int count = 20_000;
        int[] times = new int[LOGITS.length];
        for (long i = 0; i < count; i++) {
            times[new Sampling(1, 0, 42).choose(LOGITS, i)]++;
        }
        double sum = 0;
        for (double logit : LOGITS) {
            sum += Math.exp(logit);
        }
        for (int i = 0; i < LOGITS.length; i++) {
            double p = Math.exp(LOGITS[i]) / sum;
            // Five standard deviations of a binomial count.
            assertEquals(p * count, times[i], 5 * Math.sqrt(count * p * (1 - p)) + 1, "token " + i);
        }
    }

    @Test
    @DisplayName("refuses a negative or infinite temperature and a negative K")
    void refusesNonsense() {
        assertThrows(JavelinException.class, () -> new Sampling(-1, 0, 1));
        assertThrows(JavelinException.class, () -> new Sampling(Double.NaN, 0, 1));
        assertThrows(JavelinException.class, () -> new Sampling(Double.POSITIVE_INFINITY, 0, 1));
        assertThrows(JavelinException.class, () -> new Sampling(1, -1, 1));
    }
}
