package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Functions of one fp32 array, element by element.
 *
 * <p>One loop an operation, written out: a loop over a function passed in would not be compiled to vector code. Bits:
 * each element by itself, tails run the lanes' arithmetic; see {@link Functions} for errors.
 */
public final class Unary {

    private Unary() {}

    /** Which function; RSQRT is 1 / sqrt(x), RELU keeps NaN, SILU is x / (1 + e^−x). */
    public enum Op {
        NEG,
        EXP,
        LOG,
        SQRT,
        RSQRT,
        RECIPROCAL,
        TANH,
        SIGMOID,
        RELU,
        SILU,
        SQUARE,
        ABS,
        ERF
    }

    /** {@code y[i] = op(x[i])} for n elements; y may be x. */
    public static void run(Workers workers, Op op, long n, long x, long y) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            long in = x + 4 * from;
            long out = y + 4 * from;
            long count = to - from;
            switch (op) {
                case NEG -> neg(in, out, count);
                case EXP -> exp(in, out, count);
                case LOG -> log(in, out, count);
                case SQRT -> sqrt(in, out, count);
                case RSQRT -> rsqrt(in, out, count);
                case RECIPROCAL -> reciprocal(in, out, count);
                case TANH -> tanh(in, out, count);
                case SIGMOID -> sigmoid(in, out, count);
                case RELU -> relu(in, out, count);
                case SILU -> silu(in, out, count);
                case SQUARE -> square(in, out, count);
                case ABS -> abs(in, out, count);
                case ERF -> erf(in, out, count);
            }
        });
    }

    private static void neg(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(v.neg(), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(v.neg(), y + 4 * i, m);
        }
    }

    private static void exp(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(Functions.exp(v), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(Functions.exp(v), y + 4 * i, m);
        }
    }

    private static void log(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(Functions.log(v), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(Functions.log(v), y + 4 * i, m);
        }
    }

    private static void sqrt(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(v.sqrt(), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(v.sqrt(), y + 4 * i, m);
        }
    }

    private static void rsqrt(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(Raw.splat(1f).div(v.sqrt()), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(Raw.splat(1f).div(v.sqrt()), y + 4 * i, m);
        }
    }

    private static void reciprocal(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(Raw.splat(1f).div(v), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(Raw.splat(1f).div(v), y + 4 * i, m);
        }
    }

    private static void tanh(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(Functions.tanh(v), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(Functions.tanh(v), y + 4 * i, m);
        }
    }

    private static void sigmoid(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(Functions.sigmoid(v), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(Functions.sigmoid(v), y + 4 * i, m);
        }
    }

    private static void relu(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(v.blend(0f, v.compare(VectorOperators.LT, 0f)), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(v.blend(0f, v.compare(VectorOperators.LT, 0f)), y + 4 * i, m);
        }
    }

    private static void silu(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(Functions.silu(v), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(Functions.silu(v), y + 4 * i, m);
        }
    }

    private static void square(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(v.mul(v), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(v.mul(v), y + 4 * i, m);
        }
    }

    private static void abs(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(v.abs(), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(v.abs(), y + 4 * i, m);
        }
    }

    private static void erf(long x, long y, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector v = Raw.load(x + 4 * i);
            Raw.store(ErrorFunction.erf(v), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector v = Raw.load(x + 4 * i, m);
            Raw.store(ErrorFunction.erf(v), y + 4 * i, m);
        }
    }
}
