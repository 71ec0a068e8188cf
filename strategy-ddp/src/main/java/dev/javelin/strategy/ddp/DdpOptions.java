package dev.javelin.strategy.ddp;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import java.util.List;
import java.util.Optional;

/**
 * What a user may say, in the words of PyTorch's DistributedDataParallel and its communication hooks. Read by {@link
 * #of}; the canonical constructor checks nothing.
 *
 * @param bucketBytes gradients that are reduced together; a bucket is full with the parameter that reaches this size
 * @param firstBucketBytes the same of the first bucket, which is small so that communication starts early
 * @param findUnusedParameters whether trainable parameters that the loss does not depend on are allowed
 * @param compression what gradients travel in
 * @param powerSgd low-rank compression of gradients
 * @param localSgd updates by each rank's own gradients
 */
record DdpOptions(
        long bucketBytes,
        long firstBucketBytes,
        boolean findUnusedParameters,
        Compression compression,
        Optional<PowerSgdOptions> powerSgd,
        Optional<LocalSgd> localSgd) {
    static final String BUCKET = "bucketMegabytes";
    static final String FIRST_BUCKET = "firstBucketMegabytes";
    static final String FIND_UNUSED = "findUnusedParameters";
    static final String STATIC_GRAPH = "staticGraph";
    static final String COMPRESSION = "compression";
    static final String LOCAL_START = "localSgdStartStep";
    static final String LOCAL_PERIOD = "localSgdPeriod";

    private static final List<String> ALL = List.of(
            BUCKET,
            FIRST_BUCKET,
            FIND_UNUSED,
            STATIC_GRAPH,
            COMPRESSION,
            PowerSgdOptions.RANK,
            PowerSgdOptions.START,
            PowerSgdOptions.ERROR_FEEDBACK,
            PowerSgdOptions.WARM_START,
            PowerSgdOptions.LEAST_RATE,
            LOCAL_START,
            LOCAL_PERIOD);
    private static final double MEGABYTE = 1 << 20;
    private static final double MOST_MEGABYTES = 1 << 20;
    static final long MOST_STEPS = 1L << 40;

    /**
     * Ranks go on by themselves.
     *
     * @param startStep after so many steps
     * @param period every so many steps, their parameters are replaced by the mean
     */
    record LocalSgd(long startStep, long period) {}

    /**
     * Reads and checks options.
     *
     * @throws JavelinException {@code JVL-CFG-0008} for an ill-formed value, {@code JVL-CFG-0009} for an unknown option,
     *     {@code JVL-STR-0011} for options that contradict each other
     */
    static DdpOptions of(Options options) {
        options.requireKnown(ALL);
        options.flag(STATIC_GRAPH, true); // a step is traced once: its graph is static, whether promised or not
        double bucket = number(options, BUCKET, 25, 0, MOST_MEGABYTES);
        double first = number(options, FIRST_BUCKET, Math.min(1, bucket), 0, MOST_MEGABYTES);
        if (first > bucket) {
            throw contradiction(
                    options,
                    FIRST_BUCKET + " is " + first + ", more than " + BUCKET + " " + bucket,
                    "make the first bucket the smaller one: communication starts when it is full");
        }
        Optional<LocalSgd> local = localSgd(options);
        Optional<PowerSgdOptions> powerSgd = PowerSgdOptions.of(options);
        if (powerSgd.isPresent()
                && local.isPresent()
                && powerSgd.get().startStep() >= local.get().startStep()) {
            throw contradiction(
                    options,
                    PowerSgdOptions.START + " is " + powerSgd.get().startStep() + " and " + LOCAL_START + " is "
                            + local.get().startStep() + ": from there on no gradients are reduced",
                    "start PowerSGD earlier than local SGD, or leave out one of them");
        }
        return new DdpOptions(
                bytes(bucket), bytes(first), options.flag(FIND_UNUSED, false), compression(options), powerSgd, local);
    }

    private static Compression compression(Options options) {
        String text = options.text(COMPRESSION, Compression.NONE.label()).strip();
        for (Compression compression : Compression.values()) {
            if (compression.label().equals(text)) {
                return compression;
            }
        }
        throw new JavelinException(
                "JVL-CFG-0008", options.owner() + "." + COMPRESSION + " is '" + text + "'", "use none, fp16 or bf16");
    }

    private static Optional<LocalSgd> localSgd(Options options) {
        long start = options.integer(LOCAL_START, 0, 0, MOST_STEPS);
        long period = options.integer(LOCAL_PERIOD, 4, 1, MOST_STEPS);
        if (start > 0) {
            return Optional.of(new LocalSgd(start, period));
        }
        requireAbsent(options, List.of(LOCAL_PERIOD), LOCAL_START + " is 0: there is no local SGD", LOCAL_START);
        return Optional.empty();
    }

    /** Refuses options that would change nothing. */
    static void requireAbsent(Options options, List<String> keys, String because, String master) {
        for (String key : keys) {
            if (options.values().containsKey(key)) {
                throw contradiction(
                        options,
                        key + " is given, but " + because,
                        "set " + master + " to 1 or more, or leave out " + key);
            }
        }
    }

    private static long bytes(double megabytes) {
        return (long) (megabytes * MEGABYTE);
    }

    private static JavelinException contradiction(Options options, String problem, String remedy) {
        return new JavelinException("JVL-STR-0011", options.owner() + ": " + problem, remedy);
    }

    /** A number in a range, fractions allowed. */
    static double number(Options options, String key, double fallback, double least, double most) {
        String text = options.values().get(key);
        if (text == null) {
            return fallback;
        }
        try {
            double value = Double.parseDouble(text.strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // falls through to the error below, which shows the text
        }
        throw new JavelinException(
                "JVL-CFG-0008",
                options.owner() + "." + key + " is '" + text + "'",
                "use a number from " + (long) least + " to " + (long) most);
    }
}
