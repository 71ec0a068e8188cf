package dev.javelin.cli.bench;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What several ranks reach beside one with all their threads.
 *
 * @param threads of each rank
 * @param oneRankTokensPerSecond of one rank with the threads of all
 * @param sentBytes payload of gradients and parameters that a rank sends in a step
 * @param exposedShare of a step's time for which computation stands still for communication
 * @param profile folder of the profile, if steps were profiled
 */
public record RanksReport(
        String model,
        long batch,
        long block,
        int ranks,
        int threads,
        String strategy,
        String communicator,
        double tokensPerSecond,
        double oneRankTokensPerSecond,
        long sentBytes,
        double exposedShare,
        long predictedPeakDeviceBytes,
        long peakDeviceBytes,
        Optional<Path> profile) {

    /** Tokens per second of the ranks to those of the one. */
    public double ratio() {
        return tokensPerSecond / oneRankTokensPerSecond;
    }

    public SequencedMap<String, Object> object() {
        SequencedMap<String, Object> object = new LinkedHashMap<>();
        object.put("model", model);
        object.put("batch", batch);
        object.put("block", block);
        object.put("ranks", ranks);
        object.put("threads", threads);
        object.put("strategy", strategy);
        object.put("communicator", communicator);
        object.put("tokensPerSecond", tokensPerSecond);
        object.put("oneRankTokensPerSecond", oneRankTokensPerSecond);
        object.put("ratioToOneRank", ratio());
        object.put("sentBytesPerStep", sentBytes);
        object.put("exposedShare", exposedShare);
        object.put("predictedPeakDeviceBytes", predictedPeakDeviceBytes);
        object.put("peakDeviceBytes", peakDeviceBytes);
        profile.ifPresent(folder -> object.put("profile", folder.toString()));
        return object;
    }
}
