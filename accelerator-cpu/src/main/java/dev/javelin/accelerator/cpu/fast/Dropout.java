package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Dropout with Philox4x32-10 numbers: element e is kept if word {@code e mod 4} of {@code philox(counter = (low word of e
 * / 4, high word of e / 4 xor call, step, micro), key)}, its upper 24 bits taken as a fraction of 2^24, is at least p;
 * what is kept is multiplied by 1 / (1 − p).
 *
 * <p>The mask depends on e and the words only: a shard that passes the number of its first element gets its part of the
 * whole mask, and the gradient gets the same mask from the same call. All of it is integer arithmetic; bits depend on
 * nothing else.
 *
 * <p>Source: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011, section 3.3.
 */
public final class Dropout {

    private static final VectorSpecies<Long> L = LongVector.SPECIES_PREFERRED;

    /** Elements of four vectors of floats, made by one round of the vector loop. */
    private static final int BLOCK = 4 * L.length();

    private static final VectorShuffle<Long> ZIP_LOW = VectorShuffle.makeZip(L, 0);
    private static final VectorShuffle<Long> ZIP_HIGH = VectorShuffle.makeZip(L, 1);
    private static final FloatVector ZERO = Raw.splat(0f);
    private static final LongVector LOW = LongVector.broadcast(L, Philox.LOW);
    private static final LongVector MULTIPLIER_0 = LongVector.broadcast(L, Philox.MULTIPLIER_0);
    private static final LongVector MULTIPLIER_1 = LongVector.broadcast(L, Philox.MULTIPLIER_1);
    private static final LongVector IOTA = LongVector.zero(L).addIndex(1);

    private Dropout() {}

    /**
     * The words that name a mask.
     *
     * @param key0 seed, low word
     * @param key1 seed, high word
     * @param call exclusive-or of the counter's second word
     * @param step third word of the counter
     * @param micro fourth word of the counter
     */
    public record Words(int key0, int key1, int call, int step, int micro) {}

    /**
     * {@code y[i] = keep(firstElement + i) ? x[i] / (1 − p) : 0} for n floats; y may be x.
     *
     * @param p probability of dropping, 0 ≤ p &lt; 1; what is kept is decided by p, and scaled by 1 / (1 − p), each
     *     rounded to fp32
     * @param firstElement number of x[0] in the whole array
     */
    public static void run(Workers workers, long n, double p, Words words, long firstElement, long x, long y) {
        float scale = (float) (1 / (1 - p));
        int threshold = (int) Math.ceil((double) (float) p * (1 << 24));
        // tiles begin where element numbers are multiples of the tile, so that vectors begin at whole Philox blocks
        long origin = firstElement - Math.floorMod(firstElement, Tiles.ELEMENTS);
        Tiles.run(workers, firstElement + n - origin, Tiles.ELEMENTS, (from, to) -> {
            long first = Math.max(firstElement, origin + from);
            span(words, first, origin + to, x - 4 * firstElement, y - 4 * firstElement, threshold, scale);
        });
    }

    private static void span(Words words, long first, long end, long x, long y, int threshold, float scale) {
        long e = first;
        for (; e < end && (e & 3) != 0; e++) {
            one(words, e, x, y, threshold, scale);
        }
        for (; e <= end - BLOCK; e += BLOCK) {
            block(words, e, x + 4 * e, y + 4 * e, threshold, scale);
        }
        for (; e < end; e++) {
            one(words, e, x, y, threshold, scale);
        }
    }

    private static void one(Words words, long e, long x, long y, int threshold, float scale) {
        boolean keep = Philox.word(words, e >>> 2, (int) (e & 3)) >>> 8 >= threshold;
        Raw.putFloat(y + 4 * e, keep ? Raw.getFloat(x + 4 * e) * scale : 0f);
    }

    /** One Philox block a lane of longs: words 0 and 1 of lane i are the elements 4i and 4i + 1, and so on. */
    private static void block(Words words, long e, long x, long y, int threshold, float scale) {
        LongVector counter = IOTA.add(e >>> 2);
        LongVector c0 = counter.and(LOW);
        LongVector c1 =
                counter.lanewise(VectorOperators.LSHR, 32).lanewise(VectorOperators.XOR, words.call & Philox.LOW);
        LongVector c2 = LongVector.broadcast(L, words.step & Philox.LOW);
        LongVector c3 = LongVector.broadcast(L, words.micro & Philox.LOW);
        int key0 = words.key0;
        int key1 = words.key1;
        for (int round = 0; round < Philox.ROUNDS; round++) {
            LongVector product0 = c0.mul(MULTIPLIER_0);
            LongVector product1 = c2.mul(MULTIPLIER_1);
            c0 = product1.lanewise(VectorOperators.LSHR, 32)
                    .lanewise(VectorOperators.XOR, c1)
                    .lanewise(VectorOperators.XOR, key0 & Philox.LOW);
            c2 = product0.lanewise(VectorOperators.LSHR, 32)
                    .lanewise(VectorOperators.XOR, c3)
                    .lanewise(VectorOperators.XOR, key1 & Philox.LOW);
            c1 = product1.and(LOW);
            c3 = product0.and(LOW);
            key0 += Philox.WEYL_0;
            key1 += Philox.WEYL_1;
        }
        LongVector words01 = c0.or(c1.lanewise(VectorOperators.LSHL, 32));
        LongVector words23 = c2.or(c3.lanewise(VectorOperators.LSHL, 32));
        keep(words01.rearrange(ZIP_LOW, words23), x, y, threshold, scale);
        keep(words01.rearrange(ZIP_HIGH, words23), x + 8L * L.length(), y + 8L * L.length(), threshold, scale);
    }

    private static void keep(LongVector words, long x, long y, int threshold, float scale) {
        VectorMask<Integer> keep =
                words.reinterpretAsInts().lanewise(VectorOperators.LSHR, 8).compare(VectorOperators.GE, threshold);
        Raw.store(ZERO.blend(Raw.load(x).mul(scale), keep.cast(Raw.F)), y);
    }
}
