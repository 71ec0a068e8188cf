package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * (cache [B, K, S, D], rows [B, T, K·D], positions INT32 [B, T]) → the cache's memory, in which the rows of sequence b
 * lie at its positions: cache[b, k, positions[b, t], :] = rows[b, t, k·D : (k+1)·D]. Rows whose position is negative or
 * not below S are left out; of rows with one position the last one stays. No gradient.
 *
 * <p>Used by generation: keys and values of tokens that were seen are kept, not computed again.
 */
public record CacheWrite() implements Operation {
    @Override
    public String name() {
        return "cache_write";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 3);
        TypeRules.floating(name(), inputs.subList(0, 2));
        Shape cache = inputs.get(0).shape();
        Shape rows = inputs.get(1).shape();
        TypeRules.require(
                cache.rank() == 4
                        && rows.rank() == 3
                        && rows.dim(0) == cache.dim(0)
                        && rows.dim(2) == cache.dim(1) * cache.dim(3)
                        && inputs.get(2).equals(TensorType.of(DType.INT32, rows.dim(0), rows.dim(1))),
                name(),
                inputs,
                "cache [B, K, S, D], rows [B, T, K·D] and I32 positions [B, T]");
        return List.of(inputs.get(0));
    }

    @Override
    public OptionalInt overwrites(int output) {
        return OptionalInt.of(0);
    }

    /** Looks up, for every position of the cache, the row that goes there, if one does. */
    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor cache = inputs.get(0);
        Tensor rows = inputs.get(1);
        Tensor positions = inputs.get(2);
        long b = cache.dim(0);
        long k = cache.dim(1);
        long s = cache.dim(2);
        long d = cache.dim(3);
        long t = rows.dim(1);
        if (b * t == 0) {
            return Optional.of(List.of(assign(cache, cache.multiply(1))));
        }
        TensorType grid = TensorType.of(DType.INT32, 1, s, 1);
        Tensor here = positions.reshape(b, 1, t).equal(cache.iota(grid, 1)); // [B, S, T]
        TensorType all = TensorType.of(DType.FLOAT64, b * t);
        Tensor numbers = cache.iota(all, 0).reshape(b, 1, t);
        Tensor none = numbers.full(Shape.scalar(), -1);
        Tensor source = here.select(numbers, none).max(-1); // [B, S], −1 where no row goes
        Tensor found = source.cast(DType.INT32).lookup(rows.reshape(b * t, k * d)); // [B, S, K·D]
        Tensor moved = found.reshape(b, s, k, d).permute(0, 2, 1, 3); // [B, K, S, D]
        Tensor written = none.less(source).reshape(b, 1, s, 1);
        return Optional.of(List.of(assign(cache, written.select(moved, cache))));
    }

    private static Tensor assign(Tensor cache, Tensor value) {
        return cache.graph().emit(new Assign(), cache, value, cache.graph().emit(new Fill(Assign.PREDICATE, 1)));
    }
}
