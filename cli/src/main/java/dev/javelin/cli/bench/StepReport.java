package dev.javelin.cli.bench;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What was measured. Rates are in 10⁹ floating-point operations a second.
 *
 * @param ownSgemm rate of the accelerator's kernels on the step's matrix products
 * @param openBlas rate of OpenBLAS with its own threads on the same; 0 where it is no peer: on other accelerators than
 *     the CPU, and in 16 bits
 * @param profile folder of the profile, if steps were profiled
 */
public record StepReport(
        String model,
        long batch,
        long block,
        int threads,
        String precision,
        double tokensPerSecond,
        double gflopsPerSecond,
        double ownSgemm,
        double openBlas,
        long predictedPeakDeviceBytes,
        long peakDeviceBytes,
        long peakResidentBytes,
        Optional<Path> profile) {

    /** The better of the two. */
    public double sgemmGflopsPerSecond() {
        return Math.max(ownSgemm, openBlas);
    }

    public double ratio() {
        return gflopsPerSecond / sgemmGflopsPerSecond();
    }

    public SequencedMap<String, Object> object() {
        SequencedMap<String, Object> object = new LinkedHashMap<>();
        object.put("model", model);
        object.put("batch", batch);
        object.put("block", block);
        object.put("threads", threads);
        object.put("precision", precision);
        object.put("tokensPerSecond", tokensPerSecond);
        object.put("gflopsPerSecond", gflopsPerSecond);
        object.put("sgemmGflopsPerSecond", sgemmGflopsPerSecond());
        object.put("sgemmOwnGflopsPerSecond", ownSgemm);
        if (openBlas > 0) {
            object.put("sgemmOpenBlasGflopsPerSecond", openBlas);
        }
        object.put("ratio", ratio());
        object.put("predictedPeakDeviceBytes", predictedPeakDeviceBytes);
        object.put("peakDeviceBytes", peakDeviceBytes);
        object.put("peakResidentBytes", peakResidentBytes);
        profile.ifPresent(folder -> object.put("profile", folder.toString()));
        return object;
    }
}
