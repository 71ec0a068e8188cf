package dev.javelin.engine.differentiate;

import dev.javelin.api.Initializer;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.engine.Array;
import dev.javelin.engine.Sketch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A function whose gradients are to be proved.
 *
 * @param shapes of its differentiable arguments
 * @param initializer of all of them: keeps them where the function is smooth
 * @param fields of integers that it reads
 */
record GradientCase(
        String name, List<Shape> shapes, Initializer initializer, SequencedMap<String, Array> fields, Body body) {
    private static final long WEIGHTS = 256;

    /** Writes the function. */
    interface Body {
        Tensor apply(List<Tensor> x, Step step);
    }

    static GradientCase of(String name, Body body, long[]... shapes) {
        List<Shape> all = new ArrayList<>();
        for (long[] dims : shapes) {
            all.add(Shape.of(dims));
        }
        return new GradientCase(name, all, Initializer.normal(1), new LinkedHashMap<>(), body);
    }

    /** A function of one argument. */
    static GradientCase of(String name, java.util.function.UnaryOperator<Tensor> body, long... dims) {
        return of(name, (x, step) -> body.apply(x.getFirst()), new long[][] {dims});
    }

    static long[] dims(long... dims) {
        return dims;
    }

    /** The same with arguments uniform in a range. */
    GradientCase within(double low, double high) {
        return new GradientCase(name, shapes, Initializer.uniform(low, high), fields, body);
    }

    GradientCase withField(String field, Array values) {
        SequencedMap<String, Array> more = new LinkedHashMap<>(fields);
        more.put(field, values);
        return new GradientCase(name, shapes, initializer, more, body);
    }

    /** The function as a model: its loss is the sum of its results, each times a fixed random weight. */
    Sketch module() {
        Sketch sketch = Sketch.of((self, step) -> {
            List<Tensor> x = new ArrayList<>();
            for (int i = 0; i < shapes.size(); i++) {
                x.add(self.value("x" + i, step));
            }
            Tensor y = body.apply(x, step);
            Tensor weights = self.value("weights", step)
                    .slice(0, 0, y.type().elements())
                    .reshape(y.shape())
                    .cast(y.dtype());
            return Sketch.total(y.multiply(weights).sum());
        });
        for (int i = 0; i < shapes.size(); i++) {
            sketch.with("x" + i, shapes.get(i), initializer);
        }
        return sketch.withFrozen("weights", Shape.of(WEIGHTS));
    }

    @Override
    public String toString() {
        return name;
    }
}
