package dev.javelin.strategy.ddp;

import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.View;
import dev.javelin.strategy.ddp.PowerSgd.Matrix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * One factor of each matrix of a chunk, [R, L] with the columns of the paper as rows, in a flat buffer. Those of one
 * shape lie one behind the other, so that they are made orthonormal together.
 */
final class Factors {
    private final SequencedMap<Shape, List<Matrix>> groups = new LinkedHashMap<>();
    private final Map<Matrix, Long> offsets = new HashMap<>();
    private final ToLongFunction<Matrix> length;
    private final long elements;

    /**
     * @param length L
     */
    Factors(List<Matrix> matrices, ToLongFunction<Matrix> length) {
        this.length = length;
        for (Matrix matrix : matrices) {
            groups.computeIfAbsent(shape(matrix), s -> new ArrayList<>()).add(matrix);
        }
        long end = 0;
        for (Map.Entry<Shape, List<Matrix>> group : groups.entrySet()) {
            for (Matrix matrix : group.getValue()) {
                offsets.put(matrix, end);
                end += group.getKey().elements();
            }
        }
        elements = end;
    }

    private Shape shape(Matrix matrix) {
        return Shape.of(matrix.rank(), length.applyAsLong(matrix));
    }

    /** Of all factors together. */
    long elements() {
        return elements;
    }

    /** A factor of each matrix, in the order in which they lie. */
    List<Tensor> each(Function<Matrix, Tensor> factor) {
        return groups.values().stream().flatMap(List::stream).map(factor).toList();
    }

    /** The factor of one matrix, [R, L]. */
    Tensor of(Tensor flat, Matrix matrix) {
        return flat.graph().emit(new View(Objects.requireNonNull(offsets.get(matrix)), shape(matrix)), flat);
    }

    /** All factors made anew, those of one shape, [B, R, L], at once. */
    Tensor map(Tensor flat, Function<Tensor, Tensor> change) {
        List<Tensor> changed = new ArrayList<>();
        groups.forEach((shape, matrices) -> {
            long first = Objects.requireNonNull(offsets.get(matrices.getFirst()));
            View view = new View(first, shape.insert(0, matrices.size()));
            changed.add(change.apply(flat.graph().emit(view, flat)));
        });
        return pack(changed);
    }

    /** Factors in the order in which they lie, as one flat buffer. */
    Tensor pack(List<Tensor> parts) {
        Tensor first = parts.getFirst();
        return parts.size() == 1
                ? first.reshape(-1)
                : first.graph().emit(new Pack(elements), parts).getFirst();
    }
}
