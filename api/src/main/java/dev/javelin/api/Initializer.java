package dev.javelin.api;

/**
 * The first value of a parameter, element by element: a pure function of (seed, path, element), so that a shard is
 * initialised in place, equal bit for bit to the same elements of the full parameter.
 */
@FunctionalInterface
public interface Initializer {

    /** The value of one element. {@code element} is its row-major index in the whole parameter. */
    double value(Source source, long element);

    /** Random numbers of one parameter, addressed by element. Not shared between threads. */
    final class Source {
        private final int key0;
        private final int key1;
        private final int path0;
        private final int path1;
        private final int[] words = new int[4];

        public Source(long seed, String path) {
            long hash = Philox.hash(path);
            key0 = (int) seed;
            key1 = (int) (seed >>> 32);
            path0 = (int) hash;
            path1 = (int) (hash >>> 32);
        }

        /** Uniform in (0, 1), 53 bits. */
        public double uniform(long element) {
            block(element);
            return unit(words[0], words[1]);
        }

        /** Standard normal, by Box and Muller with {@link StrictMath}: the same bits everywhere. */
        public double normal(long element) {
            block(element);
            double radius = StrictMath.sqrt(-2 * StrictMath.log(unit(words[0], words[1])));
            return radius * StrictMath.cos(2 * StrictMath.PI * unit(words[2], words[3]));
        }

        private void block(long element) {
            Philox.block((int) element, (int) (element >>> 32), path0, path1, key0, key1, words);
        }

        private static double unit(int high, int low) {
            long bits = ((high & 0xFFFFFFFFL) << 21) | (low >>> 11);
            return (bits + 0.5) * 0x1p-53;
        }
    }

    static Initializer constant(double value) {
        return (source, element) -> value;
    }

    static Initializer zeros() {
        return constant(0);
    }

    static Initializer ones() {
        return constant(1);
    }

    /** Normal with mean 0. */
    static Initializer normal(double standardDeviation) {
        return (source, element) -> standardDeviation * source.normal(element);
    }

    /** Uniform between two bounds. */
    static Initializer uniform(double low, double high) {
        return (source, element) -> low + (high - low) * source.uniform(element);
    }
}
