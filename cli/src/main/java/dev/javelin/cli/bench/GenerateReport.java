package dev.javelin.cli.bench;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * What was measured.
 *
 * @param promptTokens of each prompt; {@code tokens} were read one by one after it
 * @param prefillTokensPerSecond of all prompts together, as are the other rates
 * @param decodeBytes that a decode step reads: weights of products and the cache as far as it is filled
 * @param vectorGigabytesPerSecond of adding two vectors on the device, read and written
 * @param recomputedTokensPerSecond if the whole text is read for each token, at the middle of the text
 */
public record GenerateReport(
        String model,
        int prompts,
        int promptTokens,
        int tokens,
        int threads,
        String precision,
        double prefillTokensPerSecond,
        double decodeTokensPerSecond,
        double recomputedTokensPerSecond,
        double decodeBytes,
        double vectorGigabytesPerSecond,
        long cacheBytes,
        long predictedPeakDeviceBytes,
        long peakDeviceBytes) {

    /** Of memory, while decoding. */
    public double decodeGigabytesPerSecond() {
        return decodeBytes * decodeTokensPerSecond / prompts / 1e9;
    }

    /** What decoding reads beside what adding vectors moves; above 1 where a device reads faster than it writes. */
    public double ratioToVectors() {
        return decodeGigabytesPerSecond() / vectorGigabytesPerSecond;
    }

    public SequencedMap<String, Object> object() {
        SequencedMap<String, Object> object = new LinkedHashMap<>();
        object.put("model", model);
        object.put("prompts", prompts);
        object.put("promptTokens", promptTokens);
        object.put("tokens", tokens);
        object.put("threads", threads);
        object.put("precision", precision);
        object.put("prefillTokensPerSecond", prefillTokensPerSecond);
        object.put("decodeTokensPerSecond", decodeTokensPerSecond);
        object.put("recomputedTokensPerSecond", recomputedTokensPerSecond);
        object.put("decodeBytes", decodeBytes);
        object.put("decodeGigabytesPerSecond", decodeGigabytesPerSecond());
        object.put("vectorGigabytesPerSecond", vectorGigabytesPerSecond);
        object.put("ratioToVectors", ratioToVectors());
        object.put("cacheBytes", cacheBytes);
        object.put("predictedPeakDeviceBytes", predictedPeakDeviceBytes);
        object.put("peakDeviceBytes", peakDeviceBytes);
        return object;
    }
}
