package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Collects the cases of a family for one floating type. */
final class Cases {
    /** Every floating type, the first of which also has the cases without floating numbers. */
    static final List<DType> FLOATING = List.of(DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16);

    private final DType dtype;
    private final Extent extent;
    private final Truth truth;
    private final Random random;
    private final List<Case> cases = new ArrayList<>();

    /** @param truth computes what gradients need of the forward operation */
    Cases(DType dtype, Extent extent, long seed, Truth truth) {
        this.dtype = dtype;
        this.extent = extent;
        this.truth = truth;
        this.random = new Random(seed * 1_000_003 + dtype.ordinal());
    }

    List<Case> all() {
        return List.copyOf(cases);
    }

    DType dtype() {
        return dtype;
    }

    /** Whether cases that do not depend on the floating type are to be added. */
    boolean first() {
        return dtype == FLOATING.getFirst();
    }

    Random random() {
        return random;
    }

    /** As many of these shapes as the extent asks for; the telling ones come first. */
    List<long[]> shapes(long[]... shapes) {
        return Arrays.asList(shapes).subList(0, Math.min(shapes.length, extent.shapes()));
    }

    /** Elements of a tensor that needs several blocks. */
    long large() {
        return extent.largeElements();
    }

    TensorType type(long... dims) {
        return TensorType.of(dtype, dims);
    }

    /** Normally distributed numbers. */
    Value normal(double deviation, long... dims) {
        return Value.generate(type(dims), i -> random.nextGaussian() * deviation);
    }

    Value normal(long... dims) {
        return normal(1, dims);
    }

    /** Numbers from 0.1 on. */
    Value positive(long... dims) {
        return Value.generate(type(dims), i -> 0.1 + Math.abs(random.nextGaussian()));
    }

    Value number(double value) {
        return Value.of(type(), value);
    }

    /** Whole numbers from {@code least} to below {@code end}. */
    Value integers(DType integer, int least, int end, long... dims) {
        return Value.generate(TensorType.of(integer, dims), i -> random.nextInt(least, end));
    }

    static Value flag(int value) {
        return Value.of(TensorType.of(DType.INT32), value);
    }

    /** A scalar beside arrays of this type: FLOAT32 beside 16 bits. */
    Value scalar(double value) {
        return Value.of(TensorType.of(dtype.wide()), value);
    }

    /** The outputs of a forward operation, in the types that it gives. */
    List<Value> forward(Operation operation, Value... inputs) {
        List<TensorType> types =
                operation.infer(Arrays.stream(inputs).map(Value::type).toList());
        List<Value> outputs = new ArrayList<>();
        for (Value output : truth.of(operation, List.of(inputs))) {
            outputs.add(output.as(types.get(outputs.size()).dtype()));
        }
        return outputs;
    }

    /** The only output, in the types of the inputs. */
    Value moved(Operation operation, List<Value> inputs) {
        return truth.moved(operation, inputs).getFirst();
    }

    void add(Tolerance tolerance, Operation operation, Value... inputs) {
        add(tolerance, Scale.VALUE, 1, operation, inputs);
    }

    void add(Tolerance tolerance, Scale scale, long terms, Operation operation, Value... inputs) {
        cases.add(new Case(operation, List.of(inputs), tolerance, scale, terms, false));
    }

    /** The sign of a zero counts. */
    void addSigned(Tolerance tolerance, Operation operation, Value... inputs) {
        cases.add(new Case(operation, List.of(inputs), tolerance, Scale.VALUE, 1, true));
    }
}
