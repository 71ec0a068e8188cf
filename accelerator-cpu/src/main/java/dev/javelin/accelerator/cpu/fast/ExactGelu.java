package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.VectorMask;

/**
 * GELU by the error function over n floats; formula and error at {@link ErrorFunction#gelu}.
 *
 * <p>Bits: each element by itself.
 */
public final class ExactGelu {

    private ExactGelu() {}

    /** {@code y = gelu(x)}; y may be x. */
    public static void forward(Workers workers, long n, long x, long y) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            long i = from;
            for (; i <= to - Raw.LANES; i += Raw.LANES) {
                Raw.store(ErrorFunction.gelu(Raw.load(x + 4 * i)), y + 4 * i);
            }
            if (i < to) {
                VectorMask<Float> m = Raw.head(to - i);
                Raw.store(ErrorFunction.gelu(Raw.load(x + 4 * i, m)), y + 4 * i, m);
            }
        });
    }

    /** {@code dx = dy · gelu'(x)}; dx may be dy or x. */
    public static void backward(Workers workers, long n, long dy, long x, long dx) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            long i = from;
            for (; i <= to - Raw.LANES; i += Raw.LANES) {
                Raw.store(Raw.load(dy + 4 * i).mul(ErrorFunction.geluSlope(Raw.load(x + 4 * i))), dx + 4 * i);
            }
            if (i < to) {
                VectorMask<Float> m = Raw.head(to - i);
                Raw.store(Raw.load(dy + 4 * i, m).mul(ErrorFunction.geluSlope(Raw.load(x + 4 * i, m))), dx + 4 * i, m);
            }
        });
    }
}
