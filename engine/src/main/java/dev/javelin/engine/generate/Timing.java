package dev.javelin.engine.generate;

/**
 * What a {@link CachedModel} has read, and for how long. Prefill reads several tokens of a sequence at once, decode one of
 * each.
 *
 * @param prefillTokens of all sequences, without padding; likewise {@code decodeTokens}
 * @param decodeSteps runs of the decode program
 */
public record Timing(
        long prefillTokens, double prefillSeconds, long decodeTokens, long decodeSteps, double decodeSeconds) {

    static Timing none() {
        return new Timing(0, 0, 0, 0, 0);
    }

    Timing withPrefill(long tokens, double seconds) {
        return new Timing(prefillTokens + tokens, prefillSeconds + seconds, decodeTokens, decodeSteps, decodeSeconds);
    }

    Timing withDecode(long tokens, double seconds) {
        return new Timing(
                prefillTokens, prefillSeconds, decodeTokens + tokens, decodeSteps + 1, decodeSeconds + seconds);
    }

    /** What was read since an earlier state. */
    public Timing since(Timing earlier) {
        return new Timing(
                prefillTokens - earlier.prefillTokens,
                prefillSeconds - earlier.prefillSeconds,
                decodeTokens - earlier.decodeTokens,
                decodeSteps - earlier.decodeSteps,
                decodeSeconds - earlier.decodeSeconds);
    }

    /** 0 if nothing was read so. */
    public double prefillTokensPerSecond() {
        return prefillTokens == 0 ? 0 : prefillTokens / prefillSeconds;
    }

    /** Of all sequences together; 0 if nothing was read so. */
    public double decodeTokensPerSecond() {
        return decodeTokens == 0 ? 0 : decodeTokens / decodeSeconds;
    }
}
