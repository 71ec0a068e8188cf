package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** What moves elements, for elements of every size, and what reduces them. */
final class MoveCases {
    private static final DType[] SIZES = {DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.UINT8};

    private final List<Case> cases = new ArrayList<>();
    private final RandomGenerator random;
    private DType dtype = DType.FLOAT32;

    private MoveCases(RandomGenerator random) {
        this.random = random;
    }

    static Stream<Case> moves(RandomGenerator random) {
        MoveCases all = new MoveCases(random);
        for (DType size : SIZES) {
            all.dtype = size;
            all.permutations();
            all.parts();
        }
        return all.cases.stream();
    }

    static Stream<Case> reductions(RandomGenerator random) {
        MoveCases all = new MoveCases(random);
        for (DType type : ElementCases.FLOATS) {
            all.dtype = type;
            all.reductions();
        }
        return all.cases.stream();
    }

    private Value numbers(long... dims) {
        return Value.generate(TensorType.of(dtype, dims), i -> random.nextGaussian() * 20);
    }

    private void add(Operation operation, Value... inputs) {
        cases.add(new Case(operation, List.of(inputs), Tolerance.EXACT));
    }

    private void permutations() {
        for (Integer[] order : new Integer[][] {{0, 1, 2, 3}, {0, 2, 1, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}}) {
            add(new Permute(List.of(order)), numbers(3, 5, 2, 7));
            add(new Permute(List.of(order)), numbers(2, 9, 33, 16));
            add(new Permute(List.of(order)), numbers(2, 0, 3, 1));
        }
        add(new Permute(List.of(1, 0)), numbers(64, 128));
        add(new Permute(List.of(1, 0)), numbers(67, 35));
        add(new Permute(List.of(0, 2, 1)), numbers(3, 70, 65));
        add(new Permute(List.of(4, 2, 0, 1, 3)), numbers(2, 3, 2, 3, 2));
        add(new Permute(List.of(4, 0, 3, 2, 1)), numbers(3, 9, 2, 2, 11));
        add(new Permute(List.of()), numbers());
    }

    private void parts() {
        add(new Slice(1, 2, 3), numbers(4, 6, 5));
        add(new Slice(1, 16, 32), numbers(9, 64));
        add(new Slice(0, 1, 2), numbers(4, 6));
        add(new Slice(2, 0, 0), numbers(2, 3, 4));
        add(new Pad(1, 2, 9), numbers(4, 3, 5));
        add(new Pad(1, 16, 64), numbers(3, 32));
        add(new Pad(0, 0, 3), numbers(0, 2));
        add(new Pad(0, 0, 5000), numbers(4000));
        add(new Concat(1), numbers(2, 3, 4), numbers(2, 1, 4), numbers(2, 0, 4), numbers(2, 5, 4));
        add(new Concat(1), numbers(8, 16), numbers(8, 48));
        add(new Concat(0), numbers(3));
        add(new Concat(0), numbers(3000), numbers(2), numbers(9000));
        add(new Pack(20), numbers(3, 2), numbers(), numbers(0), numbers(5));
        add(new Pack(7), numbers(7));
        add(new Pack(3), numbers(0));
        Value[] many =
                Stream.generate(() -> numbers(random.nextInt(20))).limit(19).toArray(Value[]::new);
        add(new Pack(400), many);
        add(new Concat(0), many);
    }

    private void reductions() {
        for (Reduce.Kind kind : Reduce.Kind.values()) {
            List<List<Integer>> choices = List.of(
                    List.of(),
                    List.of(0),
                    List.of(1),
                    List.of(2),
                    List.of(0, 1),
                    List.of(0, 2),
                    List.of(1, 2),
                    List.of(0, 1, 2));
            for (List<Integer> dims : choices) {
                reduce(kind, dims, 3, 5, 7);
                reduce(kind, dims, 40, 3, 131);
                reduce(kind, dims, 6, 200, 16);
                reduce(kind, dims, 2, 0, 3);
                reduce(kind, dims, 1, 9, 1);
            }
            reduce(kind, List.of(0), 10_001);
            reduce(kind, List.of(0), 131_072 + 24); // in slices
            reduce(kind, List.of(0), 9000, 24); // of columns
            reduce(kind, List.of(0), 4001, 3);
            reduce(kind, List.of(1), 3, 20_004);
            reduce(kind, List.of(1, 3), 2, 3, 2, 5, 4);
            reduce(kind, List.of());
        }
        TensorType type = TensorType.of(dtype, 6, 70);
        Value some = Value.generate(type, i -> i == 100 ? Double.NaN : i == 300 ? Double.NEGATIVE_INFINITY : i - 200);
        cases.add(new Case(new Reduce(Reduce.Kind.MAX, List.of(1)), List.of(some), Tolerance.EXACT));
        cases.add(new Case(new Reduce(Reduce.Kind.MAX, List.of(0)), List.of(some), Tolerance.EXACT));
        cases.add(new Case(new Reduce(Reduce.Kind.SUM, List.of(0)), List.of(some), Tolerance.SUMS));
    }

    private void reduce(Reduce.Kind kind, List<Integer> dims, long... shape) {
        Value x = Value.normal(TensorType.of(dtype, shape), random, 2);
        Tolerance tolerance = kind == Reduce.Kind.MAX ? Tolerance.EXACT : Tolerance.CHAINS;
        cases.add(new Case(new Reduce(kind, dims), List.of(x), tolerance));
    }
}
