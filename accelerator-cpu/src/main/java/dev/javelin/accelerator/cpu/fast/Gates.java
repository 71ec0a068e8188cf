package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * SwiGLU over rows of a packed projection [rows, 2F], the gate first, and the gradient of silu. With {@code s = 1 / (1 +
 * e^(−gate))}: {@code y = gate · s · up}, {@code dup = dy · gate · s}, {@code dgate = dy · up · (s + gate · s · (1 − s))}.
 *
 * <p>Bits: each element by itself.
 */
public final class Gates {
    private static final FloatVector ONE = Raw.splat(1f);

    private Gates() {}

    private static FloatVector sigmoid(FloatVector x) {
        return ONE.div(Functions.exp(x.neg()).add(ONE));
    }

    /**
     * {@code y = silu(gate) · up}.
     *
     * @param packed [rows, 2 · cols]
     * @param y [rows, cols], elsewhere
     */
    public static void swiGlu(Workers workers, long rows, int cols, long packed, long y) {
        Tiles.rows(workers, rows, 2L * cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                row(packed + 8 * r * cols, y + 4 * r * cols, cols);
            }
        });
    }

    private static void row(long gate, long y, int cols) {
        long up = gate + 4L * cols;
        int i = 0;
        for (; i <= cols - Raw.LANES; i += Raw.LANES) {
            Raw.store(Functions.silu(Raw.load(gate + 4L * i)).mul(Raw.load(up + 4L * i)), y + 4L * i);
        }
        if (i < cols) {
            VectorMask<Float> m = Raw.head(cols - i);
            Raw.store(Functions.silu(Raw.load(gate + 4L * i, m)).mul(Raw.load(up + 4L * i, m)), y + 4L * i, m);
        }
    }

    /**
     * The gradient of {@link #swiGlu}.
     *
     * @param dy [rows, cols]
     * @param dpacked [rows, 2 · cols]; may be {@code packed}
     */
    public static void swiGluGradient(Workers workers, long rows, int cols, long dy, long packed, long dpacked) {
        Tiles.rows(workers, rows, 2L * cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                gradientRow(dy + 4 * r * cols, packed + 8 * r * cols, dpacked + 8 * r * cols, cols);
            }
        });
    }

    private static void gradientRow(long dy, long gate, long dgate, int cols) {
        long up = gate + 4L * cols;
        long dup = dgate + 4L * cols;
        int i = 0;
        for (; i <= cols - Raw.LANES; i += Raw.LANES) {
            FloatVector g = Raw.load(gate + 4L * i);
            FloatVector d = Raw.load(dy + 4L * i);
            FloatVector u = Raw.load(up + 4L * i);
            FloatVector s = sigmoid(g);
            FloatVector silu = g.mul(s);
            Raw.store(d.mul(u).mul(silu.fma(ONE.sub(s), s)), dgate + 4L * i);
            Raw.store(d.mul(silu), dup + 4L * i);
        }
        if (i < cols) {
            VectorMask<Float> m = Raw.head(cols - i);
            FloatVector g = Raw.load(gate + 4L * i, m);
            FloatVector d = Raw.load(dy + 4L * i, m);
            FloatVector u = Raw.load(up + 4L * i, m);
            FloatVector s = sigmoid(g);
            FloatVector silu = g.mul(s);
            Raw.store(d.mul(u).mul(silu.fma(ONE.sub(s), s)), dgate + 4L * i, m);
            Raw.store(d.mul(silu), dup + 4L * i, m);
        }
    }

    /** {@code dx = dy · (s + x · s · (1 − s))} over n floats; dx may be dy or x. */
    public static void siluGradient(Workers workers, long n, long dy, long x, long dx) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            long i = from;
            for (; i <= to - Raw.LANES; i += Raw.LANES) {
                FloatVector v = Raw.load(x + 4 * i);
                FloatVector s = sigmoid(v);
                Raw.store(Raw.load(dy + 4 * i).mul(v.mul(s).fma(ONE.sub(s), s)), dx + 4 * i);
            }
            if (i < to) {
                VectorMask<Float> m = Raw.head(to - i);
                FloatVector v = Raw.load(x + 4 * i, m);
                FloatVector s = sigmoid(v);
                Raw.store(Raw.load(dy + 4 * i, m).mul(v.mul(s).fma(ONE.sub(s), s)), dx + 4 * i, m);
            }
        });
    }
}
