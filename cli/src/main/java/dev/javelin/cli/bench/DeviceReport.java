package dev.javelin.cli.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a device does, and how near it comes to what it can.
 *
 * @param device the accelerator's name
 * @param model whose step the instructions are of
 * @param precision of the step
 * @param limits what the device can
 * @param instructions of an optimizer step, each measured alone
 */
public record DeviceReport(String device, String model, String precision, Limits limits, List<Measured> instructions) {
    private static final int MOST_ROWS = 40;

    public DeviceReport {
        instructions = instructions.stream()
                .sorted(Comparator.comparingDouble(Measured::stepSeconds).reversed())
                .toList();
    }

    /**
     * Rates of what no kernel of ours can pass.
     *
     * @param product of large matrices of the step's compute type, in operations a second
     * @param copy of memory within the device, bytes read and written a second
     * @param toDevice from page-locked host memory, bytes a second
     * @param toHost to page-locked host memory, bytes a second
     * @param bothWays the slower direction when both are under way
     * @param besideCompute copies both ways while products are computed
     */
    public record Limits(
            double product, double copy, double toDevice, double toHost, double bothWays, Beside besideCompute) {}

    /**
     * Copies both ways and products at once.
     *
     * @param toDevice bytes a second
     * @param toHost bytes a second
     * @param productShare of the rate that the product has alone
     */
    public record Beside(double toDevice, double toHost, double productShare) {
        double slower() {
            return Math.min(toDevice, toHost);
        }
    }

    /**
     * @param calls of a step
     * @param seconds of a call
     */
    public record Measured(String operation, String types, int calls, double seconds, double flops, double bytes) {
        double stepSeconds() {
            return calls * seconds;
        }

        double ofLimit(Limits limits) {
            return Math.max(flops / limits.product(), bytes / limits.copy()) / seconds;
        }
    }

    /** Seconds of a step if its instructions follow each other without a gap. */
    public double stepSeconds() {
        return instructions.stream().mapToDouble(Measured::stepSeconds).sum();
    }

    /** Tables for people. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%s: matrix product %,.1f GFLOP/s, copy %,.1f GB/s (read and written)",
                device,
                limits.product() / 1e9,
                limits.copy() / 1e9));
        lines.add(String.format(
                Locale.ROOT,
                "host memory: to the device %,.1f GB/s, to the host %,.1f, both at once %,.1f each;"
                        + " both beside products %,.1f each, and these keep %.0f %% of their rate",
                limits.toDevice() / 1e9,
                limits.toHost() / 1e9,
                limits.bothWays() / 1e9,
                limits.besideCompute().slower() / 1e9,
                100 * limits.besideCompute().productShare()));
        lines.add(String.format(
                Locale.ROOT,
                "%s in %s, each instruction alone: %.3f ms a step",
                model,
                precision,
                1e3 * stepSeconds()));
        lines.add("");
        lines.add("operation              calls   ms/step   share    GFLOP/s      GB/s  of limit  types");
        for (Measured row : instructions.stream().limit(MOST_ROWS).toList()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%-22s %5d %9.3f %6.1f%% %10.1f %9.1f %8.0f%%  %s",
                    row.operation(),
                    row.calls(),
                    1e3 * row.stepSeconds(),
                    100 * row.stepSeconds() / stepSeconds(),
                    row.flops() / row.seconds() / 1e9,
                    row.bytes() / row.seconds() / 1e9,
                    100 * row.ofLimit(limits),
                    row.types()));
        }
        if (instructions.size() > MOST_ROWS) {
            lines.add((instructions.size() - MOST_ROWS) + " more are in the output of --json");
        }
        return lines;
    }

    /** Everything, in bytes, operations and seconds. */
    public Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("device", device);
        object.put("model", model);
        object.put("precision", precision);
        object.put("productFlopsPerSecond", limits.product());
        object.put("copyBytesPerSecond", limits.copy());
        object.put("toDeviceBytesPerSecond", limits.toDevice());
        object.put("toHostBytesPerSecond", limits.toHost());
        object.put("bothWaysBytesPerSecond", limits.bothWays());
        object.put("besideProductBytesPerSecond", limits.besideCompute().toDevice());
        object.put("toHostBesideProductBytesPerSecond", limits.besideCompute().toHost());
        object.put("productShareBesideCopy", limits.besideCompute().productShare());
        object.put("stepSeconds", stepSeconds());
        object.put("instructions", instructions.stream().map(this::row).toList());
        return object;
    }

    private Map<String, Object> row(Measured row) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("operation", row.operation());
        object.put("types", row.types());
        object.put("calls", row.calls());
        object.put("seconds", row.seconds());
        object.put("flops", row.flops());
        object.put("bytes", row.bytes());
        object.put("ofLimit", row.ofLimit(limits));
        return object;
    }
}
