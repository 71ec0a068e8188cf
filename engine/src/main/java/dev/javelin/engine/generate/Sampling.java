package dev.javelin.engine.generate;

import dev.javelin.api.JavelinException;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.spi.kernel.TokenChoice;

/**
 * How the next token is chosen from its logits. First the K most likely tokens are kept, then of these the fewest that
 * together have the probability P, then one is drawn: {@link ChooseToken} says how exactly. A device that has a kernel for
 * that chooses by itself, the others leave it to the host; the tokens are the same.
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
     * The token for a position, or −1 where there is none: a logit is NaN, or the largest is not finite. It is what the
     * device chooses, whatever the device.
     *
     * @param logits one for each token that may be chosen
     * @param index of the token to be chosen within the text, which keys the random number
     */
    public int choose(double[] logits, long index) {
        return choice(0, index).choose(logits);
    }

    /**
     * How the token for a position is chosen.
     *
     * @param choices tokens from 0 to below this may be chosen; 0 for the whole vocabulary
     */
    TokenChoice choice(int choices, long index) {
        return new TokenChoice(temperature, topK, topP, choices, seed, index);
    }
}
