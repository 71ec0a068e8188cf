package dev.javelin.strategy.ddp;

import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ModelInventory.ParameterInfo;
import dev.javelin.spi.strategy.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts a model into units by size, as PyTorch does ({@code compute_bucket_assignment_by_size} in torch/csrc/distributed):
 * parameters are taken in reverse order of declaration, which is about the order in which their gradients become
 * complete, and a bucket is closed by the parameter with which it reaches its size. The first bucket has a size of its
 * own.
 *
 * <p>A bucket holds parameters of one optimizer group, because groups lie in chunks of their own: so a unit is one
 * chunk, and a bucket is one collective. Frozen parameters lie in buckets of their own, which are never reduced. A
 * parameter that several layers use is declared once and lies in one bucket.
 */
final class Buckets {
    private final long bytes;
    private final long firstBytes;
    private final List<Unit> closed = new ArrayList<>();
    private int frozen;

    private Buckets(DdpOptions options) {
        bytes = options.bucketBytes();
        firstBytes = options.firstBucketBytes();
    }

    /** Units named {@code bucket.0}, {@code bucket.1} … and {@code frozen.0} …, in the order in which they are closed. */
    static List<Unit> of(ModelInventory model, DdpOptions options) {
        Buckets buckets = new Buckets(options);
        Map<String, Open> open = new LinkedHashMap<>();
        for (ParameterInfo parameter : model.parameters().reversed()) {
            String key = parameter.trainable() ? "trained " + parameter.group() : "frozen";
            Open bucket = open.computeIfAbsent(key, k -> new Open(parameter.trainable(), buckets.firstBytes));
            bucket.add(parameter);
            if (bucket.full()) {
                buckets.close(bucket);
                open.put(key, new Open(parameter.trainable(), buckets.bytes));
            }
        }
        open.values().stream().filter(bucket -> !bucket.paths.isEmpty()).forEach(buckets::close);
        return buckets.closed;
    }

    private void close(Open bucket) {
        String name = bucket.trainable ? "bucket." + (closed.size() - frozen) : "frozen." + frozen++;
        closed.add(new Unit(name, bucket.paths));
    }

    /** A bucket that takes more. */
    private static final class Open {
        final boolean trainable;
        final List<String> paths = new ArrayList<>();
        private final long limit;
        private long bytes;

        Open(boolean trainable, long limit) {
            this.trainable = trainable;
            this.limit = limit;
        }

        void add(ParameterInfo parameter) {
            paths.add(parameter.path());
            bytes += parameter.bytes();
        }

        boolean full() {
            return bytes >= limit;
        }
    }
}
