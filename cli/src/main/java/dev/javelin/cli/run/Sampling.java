package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Philox;
import java.util.Arrays;

/**
 * How the next token is chosen from its logits.
 *
 * @param temperature logits are divided by it; 0 takes the most likely token
 * @param topK only the K most likely tokens count; 0 for all
 * @param seed of the random numbers; equal seeds give equal tokens
 */
public record Sampling(double temperature, int topK, long seed) {

    public Sampling {
        if (!(temperature >= 0) || Double.isInfinite(temperature)) {
            throw new JavelinException(
                    "JVL-CFG-0056", "--temperature is " + temperature, "use 0 (always the most likely) or more");
        }
        if (topK < 0) {
            throw new JavelinException("JVL-CFG-0056", "--top-k is " + topK, "use 0 (all tokens) or more");
        }
    }

    /**
     * The token for a position.
     *
     * @param logits one for each token that may be chosen
     * @param index of the token to be chosen within the text, which keys the random number
     */
    public int choose(double[] logits, long index) {
        if (temperature == 0) {
            return best(logits);
        }
        double least = threshold(logits);
        double most = logits[best(logits)];
        double sum = 0;
        double[] weights = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            weights[i] = logits[i] >= least ? StrictMath.exp((logits[i] - most) / temperature) : 0;
            sum += weights[i];
        }
        double target = uniform(index) * sum;
        int last = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] > 0) {
                last = i;
                target -= weights[i];
                if (target < 0) {
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

    /** The smallest logit that counts; of equal ones at the edge all do. */
    private double threshold(double[] logits) {
        if (topK == 0 || topK >= logits.length) {
            return Double.NEGATIVE_INFINITY;
        }
        double[] sorted = logits.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length - topK];
    }

    /** A number from 0 to below 1 with 53 random bits. */
    private double uniform(long index) {
        int[] words = new int[4];
        Philox.block((int) index, (int) (index >>> 32), 0, 0, (int) seed, (int) (seed >>> 32), words);
        long bits = (words[0] & 0xFFFFFFFFL) << 32 | (words[1] & 0xFFFFFFFFL);
        return (bits >>> 11) * 0x1.0p-53;
    }
}
