package dev.javelin.strategy.ddp;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import java.util.List;

/**
 * What a user may say, in the words of PyTorch's DistributedDataParallel. Read by {@link #of}; the canonical constructor
 * checks nothing.
 *
 * @param bucketBytes gradients that are reduced together; a bucket is full with the parameter that reaches this size
 * @param firstBucketBytes the same of the first bucket, which is small so that communication starts early
 * @param findUnusedParameters whether trainable parameters that the loss does not depend on are allowed
 */
record DdpOptions(long bucketBytes, long firstBucketBytes, boolean findUnusedParameters) {
    static final String BUCKET = "bucketMegabytes";
    static final String FIRST_BUCKET = "firstBucketMegabytes";
    static final String FIND_UNUSED = "findUnusedParameters";
    static final String STATIC_GRAPH = "staticGraph";

    private static final List<String> ALL = List.of(BUCKET, FIRST_BUCKET, FIND_UNUSED, STATIC_GRAPH);
    private static final double MEGABYTE = 1 << 20;
    private static final double MOST_MEGABYTES = 1 << 20;

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
        return new DdpOptions(bytes(bucket), bytes(first), options.flag(FIND_UNUSED, false));
    }

    private static long bytes(double megabytes) {
        return (long) (megabytes * MEGABYTE);
    }

    private static JavelinException contradiction(Options options, String problem, String remedy) {
        return new JavelinException("JVL-STR-0011", options.owner() + ": " + problem, remedy);
    }

    private static double number(Options options, String key, double fallback, double least, double most) {
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
