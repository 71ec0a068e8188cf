package dev.javelin.models;

import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;

/** A table of vectors: INT32 ids [..] → [.., C]. Parameter {@code weight} [V, C]. */
public final class Embedding extends Layer {
    private final Parameter weight;

    public Embedding(long vocabulary, long width, Initializer initializer) {
        weight = parameter("weight", Shape.of(vocabulary, width), initializer);
    }

    @Override
    protected Tensor forward(Tensor ids) { // [..]
        return ids.lookup(weight.on(ids)); // [.., C]
    }

    /** The first rows of the table, [rows, C], in the program of {@code any}. */
    public Tensor first(Tensor any, long rows) {
        return within(any, () -> weight.on(any).slice(0, 0, rows));
    }

    /** Scores of every vector against x: [.., C] → [.., V]. An output head that shares this table. */
    public Tensor scores(Tensor x) {
        return within(x, () -> x.matmulTransposed(weight.on(x)));
    }
}
