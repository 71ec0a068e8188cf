package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** {@code y = x · scale + shift} over n floats, rounded after the product and after the sum. Bits: each element by itself. */
public final class Affine {
    private Affine() {}

    /** {@code y = x · scale + shift}; y may be x. */
    public static void run(Workers workers, long n, float scale, float shift, long x, long y) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            FloatVector a = Raw.splat(scale);
            FloatVector b = Raw.splat(shift);
            long i = from;
            for (; i <= to - Raw.LANES; i += Raw.LANES) {
                Raw.store(Raw.load(x + 4 * i).mul(a).add(b), y + 4 * i);
            }
            if (i < to) {
                VectorMask<Float> m = Raw.head(to - i);
                Raw.store(Raw.load(x + 4 * i, m).mul(a).add(b), y + 4 * i, m);
            }
        });
    }
}
