package dev.javelin.spi.kernel;

import dev.javelin.api.Philox;
import dev.javelin.api.operation.ChooseToken;
import java.util.Arrays;

/**
 * The arithmetic of {@link ChooseToken} on the host, for one row: what kernels are compared with, and what chooses where an
 * accelerator has no kernel. The rules are told there.
 *
 * @param temperature logits are divided by it; 0 takes the largest
 * @param topK only the K largest logits count; 0 for all
 * @param topP only the largest logits count whose probabilities add up to P; 1 for all
 * @param choices only the first so many logits count; 0 for all
 * @param seed of the random number
 * @param index of the token in its text, which keys the random number
 */
public record TokenChoice(double temperature, long topK, double topP, long choices, long seed, long index) {
    private static final int BITS = 53;

    /** What a row of the operation's second input says. */
    public static TokenChoice of(long[] row) {
        return new TokenChoice(
                Double.longBitsToDouble(row[0]), row[1], Double.longBitsToDouble(row[2]), row[3], row[4], row[5]);
    }

    /** The row of the operation's second input that says this. */
    public long[] row() {
        return new long[] {
            Double.doubleToRawLongBits(temperature), topK, Double.doubleToRawLongBits(topP), choices, seed, index
        };
    }

    /** The token, or {@link ChooseToken#NONE}; of all logits of a row. */
    public int choose(double[] row) {
        double[] logits = choices == 0 || choices >= row.length ? row : Arrays.copyOf(row, (int) choices);
        int best = best(logits);
        if (best == ChooseToken.NONE || temperature == 0) {
            return best;
        }
        int unit = ChooseToken.unit(row.length);
        double least = topK == 0 || topK >= logits.length ? Double.NEGATIVE_INFINITY : largest(logits, (int) topK);
        long[] weights = new long[logits.length];
        long sum = 0;
        for (int i = 0; i < logits.length; i++) {
            if (logits[i] >= least) {
                weights[i] = weight(logits[i], logits[best], unit);
                sum += weights[i];
            }
        }
        if (topP < 1) {
            sum = keepLikely(logits, weights, logits[best], unit, share(sum));
        }
        return draw(weights, Math.unsignedMultiplyHigh(random(), sum));
    }

    /** The first of the largest. */
    private static int best(double[] logits) {
        int best = 0;
        boolean numbers = true;
        for (int i = 0; i < logits.length; i++) {
            numbers &= !Double.isNaN(logits[i]);
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return numbers && Double.isFinite(logits[best]) ? best : ChooseToken.NONE;
    }

    private long weight(double logit, double largest, int unit) {
        return (long) Math.rint(StrictMath.exp((logit - largest) / temperature) * (1L << unit));
    }

    /** P of the sum, rounded up. */
    private long share(long sum) {
        return Math.min(sum, (long) Math.ceil(topP * sum));
    }

    /**
     * Sets the weights of the less likely tokens to 0 and returns the sum of the others; of equal logits the first stay.
     *
     * @param largest of the logits
     * @param needed what the weights that stay are to add up to
     */
    private long keepLikely(double[] logits, long[] weights, double largest, int unit, long needed) {
        double[] sorted = new double[logits.length];
        int count = 0;
        for (int i = 0; i < logits.length; i++) {
            if (weights[i] > 0) {
                sorted[count++] = logits[i];
            }
        }
        Arrays.sort(sorted, 0, count);
        int at = count;
        long kept = 0;
        long equals = 0; // that count, of those at the edge
        long weight = 0;
        while (kept < needed) {
            double next = sorted[--at];
            boolean equal = at + 1 < count && next == sorted[at + 1];
            weight = equal ? weight : weight(next, largest, unit);
            equals = equal ? equals + 1 : 1;
            kept += weight;
        }
        double edge = sorted[at];
        for (int i = 0; i < logits.length; i++) {
            if (logits[i] < edge || logits[i] == edge && equals-- <= 0) {
                weights[i] = 0;
            }
        }
        return kept;
    }

    private static int draw(long[] weights, long target) {
        long left = target;
        int i = 0;
        while (left >= weights[i]) {
            left -= weights[i++];
        }
        return i;
    }

    /** The K-th largest. Holds the K largest in a heap, smallest on top. */
    private static double largest(double[] logits, int k) {
        double[] heap = Arrays.copyOf(logits, k);
        Arrays.sort(heap);
        for (int i = k; i < logits.length; i++) {
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

    /** A random number of 53 bits, at the upper end of 64. */
    private long random() {
        int[] words = new int[4];
        Philox.block((int) index, (int) (index >>> 32), 0, 0, (int) seed, (int) (seed >>> 32), words);
        long bits = (words[0] & 0xFFFFFFFFL) << 32 | (words[1] & 0xFFFFFFFFL);
        return bits >>> Long.SIZE - BITS << Long.SIZE - BITS;
    }
}
