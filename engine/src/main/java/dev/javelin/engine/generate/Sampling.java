package dev.javelin.engine.generate;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Philox;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * How the next token is chosen from its logits. First the K most likely tokens are kept, then of these the fewest that
 * together have the probability P, then one is drawn.
 *
 * <p>Sources: top-k: Fan et al., "Hierarchical neural story generation", arXiv:1805.04833, section 5.2; top-p: Holtzman et
 * al., "The curious case of neural text degeneration", arXiv:1904.09751, section 3.1.
 *
 * @param temperature logits are divided by it; 0 takes the most likely token
 * @param topK only the K most likely tokens count; 0 for all
 * @param topP only the most likely tokens count whose probabilities add up to P; 1 for all
 * @param seed of the random numbers; equal seeds give equal tokens
 */
public record Sampling(double temperature, int topK, double topP, long seed) {

    /**
     * Checks the settings.
     *
     * @throws JavelinException {@code JVL-CFG-0056} for one out of range
     */
    public Sampling {
        if (!(temperature >= 0) || Double.isInfinite(temperature)) {
            throw new JavelinException(
                    "JVL-CFG-0056", "the temperature is " + temperature, "use 0 (always the most likely) or more");
        }
        if (topK < 0) {
            throw new JavelinException("JVL-CFG-0056", "top-k is " + topK, "use 0 (all tokens) or more");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new JavelinException(
                    "JVL-CFG-0056", "top-p is " + topP, "use more than 0, and at most 1 (all tokens)");
        }
    }

    /** Always the most likely token. */
    public static Sampling greedy() {
        return new Sampling(0, 0, 1, 0);
    }

    /** Drawn from all tokens by their probabilities. */
    public static Sampling of(double temperature, long seed) {
        return new Sampling(temperature, 0, 1, seed);
    }

    public Sampling withTopK(int most) {
        return new Sampling(temperature, most, topP, seed);
    }

    public Sampling withTopP(double probability) {
        return new Sampling(temperature, topK, probability, seed);
    }

    public Sampling withSeed(long other) {
        return new Sampling(temperature, topK, topP, other);
    }

    /**
     * The token for a position.
     *
     * @param logits one for each token that may be chosen; the largest is finite
     * @param index of the token to be chosen within the text, which keys the random number
     */
    public int choose(double[] logits, long index) {
        int best = best(logits);
        if (temperature == 0) {
            return best;
        }
        double least = threshold(logits);
        double sum = 0;
        double[] weights = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            if (logits[i] >= least) {
                weights[i] = StrictMath.exp((logits[i] - logits[best]) / temperature);
                sum += weights[i];
            }
        }
        if (topP < 1) {
            sum = keepLikely(weights, sum);
        }
        return draw(weights, uniform(index) * sum);
    }

    private static int draw(double[] weights, double target) {
        double left = target;
        int last = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] > 0) {
                last = i;
                left -= weights[i];
                if (left < 0) {
                    return i;
                }
            }
        }
        return last;
    }

    private static int best(double[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    /** The smallest logit that counts; of equal ones at the edge all do. Holds the K largest in a heap, smallest on top. */
    private double threshold(double[] logits) {
        if (topK == 0 || topK >= logits.length) {
            return Double.NEGATIVE_INFINITY;
        }
        double[] heap = Arrays.copyOf(logits, topK);
        Arrays.sort(heap);
        for (int i = topK; i < logits.length; i++) {
            if (logits[i] > heap[0]) {
                sift(heap, logits[i]);
            }
        }
        return heap[0];
    }

    /** Replaces the top of a heap. */
    private static void sift(double[] heap, double value) {
        int at = 0;
        for (int child = 1; child < heap.length; child = 2 * at + 1) {
            if (child + 1 < heap.length && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= value) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = value;
    }

    /** Sets the weights of the less likely tokens to 0 and returns the sum of the others; of equal ones the first stay. */
    private double keepLikely(double[] weights, double sum) {
        int[] order = IntStream.range(0, weights.length)
                .filter(i -> weights[i] > 0)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -weights[i]).thenComparing(i -> i))
                .mapToInt(i -> i)
                .toArray();
        double kept = 0;
        int at = 0;
        while (at < order.length && kept < topP * sum) {
            kept += weights[order[at++]];
        }
        for (; at < order.length; at++) {
            weights[order[at]] = 0;
        }
        return kept;
    }

    /** A number from 0 to below 1 with 53 random bits. */
    private double uniform(long index) {
        int[] words = new int[4];
        Philox.block((int) index, (int) (index >>> 32), 0, 0, (int) seed, (int) (seed >>> 32), words);
        long bits = (words[0] & 0xFFFFFFFFL) << 32 | (words[1] & 0xFFFFFFFFL);
        return (bits >>> 11) * 0x1.0p-53;
    }
}
