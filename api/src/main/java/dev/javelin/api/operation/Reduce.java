package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Combines all elements along some dims, which disappear. The order of a sum is fixed by the shape alone. Primitive.
 *
 * @param dims ascending, without duplicates
 */
public record Reduce(Kind kind, List<Integer> dims) implements Operation {
    public enum Kind {
        SUM,
        MAX
    }

    public Reduce {
        dims = List.copyOf(dims);
    }

    @Override
    public String name() {
        return "reduce_" + kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.floating(name(), inputs);
        Shape shape = inputs.get(0).shape();
        for (int dim : dims.reversed()) {
            shape = shape.without(dim);
        }
        return List.of(inputs.get(0).withShape(shape));
    }

    @Override
    public void gradient(GradientSite site) {
        if (kind == Kind.MAX) {
            Operation.super.gradient(site);
        }
        Shape kept = site.input(0).shape();
        for (int dim : dims) {
            kept = kept.with(dim, 1);
        }
        site.contribute(
                0,
                site.outputGradient(0).reshape(kept).broadcastTo(site.input(0).shape()));
    }

    /** Emits the reduction over {@code dims}, or over all dims if none is named. */
    public static Tensor emit(Kind kind, Tensor input, int... dims) {
        int rank = input.shape().rank();
        List<Integer> sorted = dims.length == 0
                ? IntStream.range(0, rank).boxed().toList()
                : IntStream.of(dims)
                        .map(input.shape()::index)
                        .distinct()
                        .boxed()
                        .sorted(Comparator.naturalOrder())
                        .toList();
        return sorted.isEmpty() ? input : input.graph().emit(new Reduce(kind, sorted), input);
    }

    /** Sums {@code input} down to a shape that broadcasts to its own. */
    public static Tensor sumTo(Tensor input, Shape target) {
        Shape shape = input.shape();
        if (shape.equals(target)) {
            return input;
        }
        List<Integer> repeated = new ArrayList<>();
        int missing = shape.rank() - target.rank();
        for (int i = 0; i < shape.rank(); i++) {
            if (i < missing || (target.dim(i - missing) == 1 && shape.dim(i) != 1)) {
                repeated.add(i);
            }
        }
        return input.graph().emit(new Reduce(Kind.SUM, repeated), input).reshape(target);
    }
}
