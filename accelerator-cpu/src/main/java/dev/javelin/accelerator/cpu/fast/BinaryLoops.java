package dev.javelin.accelerator.cpu.fast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The innermost loops of {@link Binary}: array with array, array with scalar, scalar with array.
 *
 * <p>One loop an operation, written out: a loop over a function passed in would not be compiled to vector code.
 */
final class BinaryLoops {

    private BinaryLoops() {}

    /** {@code z[i] = op(x[i], y[i])}. */
    static void run(Binary.Op op, long x, long y, long z, long n) {
        switch (op) {
            case ADD -> add(x, y, z, n);
            case SUB -> sub(x, y, z, n);
            case MUL -> mul(x, y, z, n);
            case DIV -> div(x, y, z, n);
            case MAX -> max(x, y, z, n);
            case MIN -> min(x, y, z, n);
        }
    }

    /** {@code z[i] = op(x[i], y)}. */
    static void runScalar(Binary.Op op, long x, float y, long z, long n) {
        switch (op) {
            case ADD -> addScalar(x, y, z, n);
            case SUB -> subScalar(x, y, z, n);
            case MUL -> mulScalar(x, y, z, n);
            case DIV -> divScalar(x, y, z, n);
            case MAX -> maxScalar(x, y, z, n);
            case MIN -> minScalar(x, y, z, n);
        }
    }

    /** {@code z[i] = op(x, y[i])}. */
    static void scalarRun(Binary.Op op, float x, long y, long z, long n) {
        switch (op) {
            case SUB -> scalarSub(x, y, z, n);
            case DIV -> scalarDiv(x, y, z, n);
            default -> runScalar(op, y, x, z, n); // the others commute
        }
    }

    private static void add(long x, long y, long z, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            FloatVector b = Raw.load(y + 4 * i);
            Raw.store(a.add(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            FloatVector b = Raw.load(y + 4 * i, m);
            Raw.store(a.add(b), z + 4 * i, m);
        }
    }

    private static void addScalar(long x, float y, long z, long n) {
        FloatVector b = Raw.splat(y);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            Raw.store(a.add(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            Raw.store(a.add(b), z + 4 * i, m);
        }
    }

    private static void sub(long x, long y, long z, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            FloatVector b = Raw.load(y + 4 * i);
            Raw.store(a.sub(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            FloatVector b = Raw.load(y + 4 * i, m);
            Raw.store(a.sub(b), z + 4 * i, m);
        }
    }

    private static void subScalar(long x, float y, long z, long n) {
        FloatVector b = Raw.splat(y);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            Raw.store(a.sub(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            Raw.store(a.sub(b), z + 4 * i, m);
        }
    }

    private static void scalarSub(float x, long y, long z, long n) {
        FloatVector a = Raw.splat(x);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector b = Raw.load(y + 4 * i);
            Raw.store(a.sub(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector b = Raw.load(y + 4 * i, m);
            Raw.store(a.sub(b), z + 4 * i, m);
        }
    }

    private static void mul(long x, long y, long z, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            FloatVector b = Raw.load(y + 4 * i);
            Raw.store(a.mul(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            FloatVector b = Raw.load(y + 4 * i, m);
            Raw.store(a.mul(b), z + 4 * i, m);
        }
    }

    private static void mulScalar(long x, float y, long z, long n) {
        FloatVector b = Raw.splat(y);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            Raw.store(a.mul(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            Raw.store(a.mul(b), z + 4 * i, m);
        }
    }

    private static void div(long x, long y, long z, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            FloatVector b = Raw.load(y + 4 * i);
            Raw.store(a.div(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            FloatVector b = Raw.load(y + 4 * i, m);
            Raw.store(a.div(b), z + 4 * i, m);
        }
    }

    private static void divScalar(long x, float y, long z, long n) {
        FloatVector b = Raw.splat(y);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            Raw.store(a.div(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            Raw.store(a.div(b), z + 4 * i, m);
        }
    }

    private static void scalarDiv(float x, long y, long z, long n) {
        FloatVector a = Raw.splat(x);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector b = Raw.load(y + 4 * i);
            Raw.store(a.div(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector b = Raw.load(y + 4 * i, m);
            Raw.store(a.div(b), z + 4 * i, m);
        }
    }

    private static void max(long x, long y, long z, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            FloatVector b = Raw.load(y + 4 * i);
            Raw.store(a.max(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            FloatVector b = Raw.load(y + 4 * i, m);
            Raw.store(a.max(b), z + 4 * i, m);
        }
    }

    private static void maxScalar(long x, float y, long z, long n) {
        FloatVector b = Raw.splat(y);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            Raw.store(a.max(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            Raw.store(a.max(b), z + 4 * i, m);
        }
    }

    private static void min(long x, long y, long z, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            FloatVector b = Raw.load(y + 4 * i);
            Raw.store(a.min(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            FloatVector b = Raw.load(y + 4 * i, m);
            Raw.store(a.min(b), z + 4 * i, m);
        }
    }

    private static void minScalar(long x, float y, long z, long n) {
        FloatVector b = Raw.splat(y);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4 * i);
            Raw.store(a.min(b), z + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector a = Raw.load(x + 4 * i, m);
            Raw.store(a.min(b), z + 4 * i, m);
        }
    }
}
