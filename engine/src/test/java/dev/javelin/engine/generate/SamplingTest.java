package dev.javelin.engine.generate;

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
        assertEquals(1, new Sampling(0, 0, 1, 1).choose(LOGITS, 0));
    }

    @Test
    @DisplayName("gives equal tokens for equal seeds and other ones for other seeds")
    void dependsOnTheSeedAlone() {
        int differences = 0;
        for (long i = 0; i < 100; i++) {
            assertEquals(new Sampling(1, 0, 1, 7).choose(LOGITS, i), new Sampling(1, 0, 1, 7).choose(LOGITS, i));
            differences +=
                    new Sampling(1, 0, 1, 7).choose(LOGITS, i) == new Sampling(1, 0, 1, 8).choose(LOGITS, i) ? 0 : 1;
        }
        assertTrue(differences > 20, "only " + differences + " of 100 differ");
    }

    @Test
    @DisplayName("chooses among the K most likely only")
    void keepsToTheTop() {
        Set<Integer> chosen = new HashSet<>();
        for (long i = 0; i < 1000; i++) {
            chosen.add(new Sampling(3, 3, 1, 1).choose(LOGITS, i));
        }
        assertEquals(Set.of(1, 2, 4), chosen);
    }

    @Test
    @DisplayName("chooses each token as often as its probability says")
    void followsTheProbabilities() {
        int count = 20_000;
        int[] times = new int[LOGITS.length];
        for (long i = 0; i < count; i++) {
            times[new Sampling(1, 0, 1, 42).choose(LOGITS, i)]++;
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
        assertThrows(JavelinException.class, () -> new Sampling(-1, 0, 1, 1));
        assertThrows(JavelinException.class, () -> new Sampling(Double.NaN, 0, 1, 1));
        assertThrows(JavelinException.class, () -> new Sampling(Double.POSITIVE_INFINITY, 0, 1, 1));
        assertThrows(JavelinException.class, () -> new Sampling(1, -1, 1, 1));
    }

    @Test
    @DisplayName("keeps to the fewest of the most likely tokens that have the probability P together")
    void keepsToTheNucleus() {
        // Probabilities 0.051, 0.38, 0.14, 0.0003, 0.38.
        assertEquals(Set.of(1), chosen(Sampling.of(1, 1).withTopP(0.3)));
        assertEquals(Set.of(1, 4), chosen(Sampling.of(1, 1).withTopP(0.4)));
        assertEquals(Set.of(1, 2, 4), chosen(Sampling.of(1, 1).withTopP(0.85)));
        assertEquals(Set.of(0, 1, 2, 4), chosen(Sampling.of(1, 1).withTopP(0.95)));
        assertEquals(Set.of(1, 4), chosen(Sampling.of(1, 1).withTopP(0.95).withTopK(2)), "of the K most likely");
        assertThrows(JavelinException.class, () -> Sampling.of(1, 1).withTopP(0));
        assertThrows(JavelinException.class, () -> Sampling.of(1, 1).withTopP(1.5));
    }

    private static Set<Integer> chosen(Sampling sampling) {
        Set<Integer> chosen = new HashSet<>();
        for (long i = 0; i < 1000; i++) {
            chosen.add(sampling.choose(LOGITS, i));
        }
        return chosen;
    }

    @Test
    @DisplayName("finds the K most likely among many, whatever their order")
    void findsTheTopOfMany() {
        java.util.Random random = new java.util.Random(3);
        for (int k : new int[] {1, 2, 5, 40, 999}) {
            double[] logits = random.doubles(1000).toArray();
            double[] sorted = logits.clone();
            java.util.Arrays.sort(sorted);
            for (long i = 0; i < 200; i++) {
                int token = Sampling.of(10, 1).withTopK(k).choose(logits, i);
                assertTrue(logits[token] >= sorted[1000 - k], "K = " + k);
            }
        }
    }
}
