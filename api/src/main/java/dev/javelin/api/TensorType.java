package dev.javelin.api;

/** What is known of a tensor before it exists: element type and shape. */
public record TensorType(DType dtype, Shape shape) {

    public static TensorType of(DType dtype, long... dims) {
        return new TensorType(dtype, Shape.of(dims));
    }

    public long elements() {
        return shape.elements();
    }

    /** Size of the elements in bytes, without any alignment. */
    public long bytes() {
        return Math.multiplyExact(shape.elements(), dtype.bytes());
    }

    public TensorType withShape(Shape other) {
        return new TensorType(dtype, other);
    }

    public TensorType withDType(DType other) {
        return new TensorType(other, shape);
    }

    @Override
    public String toString() {
        return dtype.label() + shape;
    }
}
