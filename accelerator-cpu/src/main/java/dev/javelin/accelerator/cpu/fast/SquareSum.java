package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;

/**
 * The exact sum of squares, which no order of additions can change: for norms that depend neither on units, shards,
 * ranks nor threads.
 *
 * <p>An accumulator is 72 int64: limb i, 0 to 66, has weight 2^(32 · i − 1074), so that together they span every finite
 * double; element 70 counts inputs whose square is not finite; the rest is 0. The square of a float is taken exactly
 * (48 bits), that of a double is rounded to double first. After every call of this class limbs 0 to 65 hold 0 to 2^32 −
 * 1; up to 2^31 such accumulators may be added element by element (by an all-reduce, say) before the sum is handed to
 * {@link #normalise}, {@link #add} or {@link #value}.
 *
 * <p>How: squares of floats of one exponent have one weight, so a thread adds their 48-bit integers into one int64 per
 * exponent, in four sets against store-to-load stalls, and moves them to limbs after every 2^15 elements: at most 2^15 ·
 * 2^48 = 2^63 in four sets, 2^61 in each.
 */
public final class SquareSum {

    /** int64 elements of an accumulator. */
    public static final int LENGTH = 72;

    /** Bytes of an accumulator. */
    public static final long BYTES = 8L * LENGTH;

    static final int LIMBS = 67;
    static final int NON_FINITE = 70;

    /** Elements of a tile: the partial sums of a tile cost about as much as 300 elements. */
    private static final long TILE = 1 << 18;

    /** Elements between two moves to limbs. */
    private static final int CHUNK = 1 << 15;

    private static final int EXPONENTS = 256;
    private static final long LOW = 0xFFFFFFFFL;

    private SquareSum() {}

    /** Bytes that {@link #add} needs to work in. */
    public static long workspaceBytes(long n) {
        return BYTES * Math.max(1, Raw.ceilDiv(n, TILE));
    }

    /** Sets an accumulator to 0. */
    public static void clear(long accumulator) {
        Raw.zero(accumulator, BYTES);
    }

    /** Adds the squares of n floats. */
    public static void add(Workers workers, long n, long x, long accumulator, long workspace) {
        addTiles(workers, n, accumulator, workspace, (from, to, limbs) -> addFloats(x, from, to, limbs));
    }

    /** Adds the squares of n doubles, each rounded to double. */
    public static void addDoubles(Workers workers, long n, long x, long accumulator, long workspace) {
        addTiles(workers, n, accumulator, workspace, (from, to, limbs) -> addDoubles(x, from, to, limbs));
    }

    private interface Part {
        void run(long from, long to, long[] limbs);
    }

    private static void addTiles(Workers workers, long n, long accumulator, long workspace, Part part) {
        Tiles.run(workers, n, TILE, (from, to) -> {
            long[] limbs = new long[LENGTH];
            part.run(from, to, limbs);
            write(limbs, workspace + BYTES * (from / TILE));
        });
        long[] sum = read(accumulator);
        for (int tile = 0; tile < Raw.ceilDiv(n, TILE); tile++) {
            long[] limbs = read(workspace + BYTES * tile);
            for (int i = 0; i < LENGTH; i++) {
                sum[i] += limbs[i];
            }
            carry(sum);
        }
        write(sum, accumulator);
    }

    /** Adds accumulator {@code from} to accumulator {@code to}. */
    public static void merge(long from, long to) {
        long[] a = read(from);
        long[] b = read(to);
        for (int i = 0; i < LENGTH; i++) {
            b[i] += a[i];
        }
        carry(b);
        write(b, to);
    }

    /** Brings limbs 0 to 65 back to 0 to 2^32 − 1. */
    public static void normalise(long accumulator) {
        long[] limbs = read(accumulator);
        carry(limbs);
        write(limbs, accumulator);
    }

    /** The sum, rounded to the nearest double; NaN if an input's square was not finite. */
    public static double value(long accumulator) {
        long[] limbs = read(accumulator);
        carry(limbs);
        return ExactSum.toDouble(limbs, LIMBS, limbs[NON_FINITE] != 0);
    }

    /** The square root of {@link #value}. */
    public static double root(long accumulator) {
        return Math.sqrt(value(accumulator));
    }

    private static void addFloats(long x, long from, long to, long[] limbs) {
        long[] bins = new long[4 * EXPONENTS];
        for (long at = from; at < to; at += CHUNK) {
            long end = Math.min(to, at + CHUNK);
            addBins(x + 4 * at, (int) (end - at), bins);
            boolean nonFinite = false;
            for (int e = 0; e < EXPONENTS; e++) {
                for (int set = 0; set < 4; set++) {
                    long sum = bins[set * EXPONENTS + e];
                    if (sum != 0 && e < 255) {
                        // x = m · 2^(max(e, 1) − 150), so the square weighs 2^(2 · max(e, 1) − 300)
                        ExactSum.addAt(limbs, sum, 2 * Math.max(e, 1) - 300 + 1074);
                    }
                    nonFinite |= sum != 0 && e == 255;
                    bins[set * EXPONENTS + e] = 0;
                }
            }
            if (nonFinite) {
                limbs[NON_FINITE] += countNonFinite(x, at, end);
            }
            carry(limbs);
        }
    }

    private static void addBins(long x, int n, long[] bins) {
        int i = 0;
        for (; i <= n - 4; i += 4) {
            long a = Raw.getLong(x + 4L * i);
            long b = Raw.getLong(x + 4L * i + 8);
            addBin((int) a, 0, bins);
            addBin((int) (a >>> 32), EXPONENTS, bins);
            addBin((int) b, 2 * EXPONENTS, bins);
            addBin((int) (b >>> 32), 3 * EXPONENTS, bins);
        }
        for (; i < n; i++) {
            addBin(Raw.getInt(x + 4L * i), 0, bins);
        }
    }

    private static void addBin(int bits, int set, long[] bins) {
        int e = bits >>> 23 & 0xFF;
        long m = bits & 0x7FFFFF | (e == 0 ? 0 : 0x800000);
        bins[set + e] += m * m;
    }

    private static long countNonFinite(long x, long from, long to) {
        long count = 0;
        for (long i = from; i < to; i++) {
            count += Float.isFinite(Raw.getFloat(x + 4 * i)) ? 0 : 1;
        }
        return count;
    }

    private static void addDoubles(long x, long from, long to, long[] limbs) {
        for (long i = from; i < to; i++) {
            double v = Raw.getDouble(x + 8 * i);
            double square = v * v;
            if (!Double.isFinite(square)) {
                limbs[NON_FINITE]++;
                continue;
            }
            long bits = Double.doubleToRawLongBits(square);
            int e = (int) (bits >>> 52);
            long m = bits & 0xFFFFFFFFFFFFFL | (e == 0 ? 0 : 1L << 52);
            ExactSum.addAt(limbs, m, Math.max(e, 1) - 1);
            if ((i - from & 0x3FFFFF) == 0x3FFFFF) {
                carry(limbs);
            }
        }
        carry(limbs);
    }

    private static void carry(long[] limbs) {
        for (int i = 0; i < LIMBS - 1; i++) {
            limbs[i + 1] += limbs[i] >> 32;
            limbs[i] &= LOW;
        }
    }

    private static long[] read(long accumulator) {
        long[] limbs = new long[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            limbs[i] = Raw.getLong(accumulator + 8L * i);
        }
        return limbs;
    }

    private static void write(long[] limbs, long accumulator) {
        for (int i = 0; i < LENGTH; i++) {
            Raw.putLong(accumulator + 8L * i, limbs[i]);
        }
    }
}
