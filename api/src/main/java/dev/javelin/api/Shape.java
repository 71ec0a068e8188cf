package dev.javelin.api;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The extents of a tensor, row-major: the last dim varies fastest. A scalar has rank 0 and one element. Dims may be
 * zero. Negative dim indices count from the end.
 */
public final class Shape {
    private static final Shape SCALAR = new Shape(new long[0]);

    private final long[] dims;

    private Shape(long[] dims) {
        this.dims = dims;
    }

    /**
     * A shape of these extents.
     *
     * @throws JavelinException {@code JVL-API-0002} if an extent is negative
     */
    public static Shape of(long... dims) {
        for (long dim : dims) {
            if (dim < 0) {
                throw new JavelinException(
                        "JVL-API-0002",
                        "negative extent in shape " + Arrays.toString(dims),
                        "give extents of 0 or more");
            }
        }
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    /** The shape of a single value, rank 0. */
    public static Shape scalar() {
        return SCALAR;
    }

    public int rank() {
        return dims.length;
    }

    /**
     * The extent of a dim; negative indices count from the end.
     *
     * @throws JavelinException {@code JVL-API-0003} if there is no such dim
     */
    public long dim(int index) {
        return dims[index(index)];
    }

    /** The non-negative form of a dim index. */
    public int index(int index) {
        int resolved = index < 0 ? index + dims.length : index;
        if (resolved < 0 || resolved >= dims.length) {
            throw new JavelinException(
                    "JVL-API-0003", "dim " + index + " of shape " + this, "the shape has " + dims.length + " dims");
        }
        return resolved;
    }

    /** Product of all extents; 1 for a scalar. */
    public long elements() {
        long product = 1;
        for (long dim : dims) {
            product = Math.multiplyExact(product, dim);
        }
        return product;
    }

    /** Product of the extents of the dims {@code from} (inclusive) to {@code to} (exclusive). */
    public long elements(int from, int to) {
        long product = 1;
        for (int i = from; i < to; i++) {
            product *= dims[i];
        }
        return product;
    }

    public long[] toArray() {
        return dims.clone();
    }

    /** This shape with one extent replaced. */
    public Shape with(int index, long extent) {
        long[] copy = dims.clone();
        copy[index(index)] = extent;
        return of(copy);
    }

    /** This shape without one dim. */
    public Shape without(int index) {
        int at = index(index);
        return of(LongStream.range(0, dims.length)
                .filter(i -> i != at)
                .map(i -> dims[(int) i])
                .toArray());
    }

    /** This shape with a dim inserted before position {@code at} (0 to rank). */
    public Shape insert(int at, long extent) {
        long[] copy = new long[dims.length + 1];
        System.arraycopy(dims, 0, copy, 0, at);
        copy[at] = extent;
        System.arraycopy(dims, at, copy, at + 1, dims.length - at);
        return of(copy);
    }

    /**
     * The common shape of two operands under NumPy's broadcasting rule: dims are matched from the end, and an extent of
     * 1 (or a missing dim) stretches.
     *
     * @throws JavelinException {@code JVL-API-0004} if an extent fits neither
     */
    public static Shape broadcast(Shape left, Shape right) {
        int rank = Math.max(left.rank(), right.rank());
        long[] result = new long[rank];
        for (int i = 1; i <= rank; i++) {
            long a = i <= left.rank() ? left.dim(-i) : 1;
            long b = i <= right.rank() ? right.dim(-i) : 1;
            if (a != b && a != 1 && b != 1) {
                throw new JavelinException(
                        "JVL-API-0004",
                        "shapes " + left + " and " + right + " do not broadcast: " + a + " against " + b + " at dim -"
                                + i,
                        "make the extents equal, or 1, counted from the last dim");
            }
            result[rank - i] = a == 1 ? b : a;
        }
        return of(result);
    }

    /** Row-major strides in elements. */
    public long[] strides() {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims[i];
        }
        return strides;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
