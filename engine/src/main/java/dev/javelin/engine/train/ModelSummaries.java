package dev.javelin.engine.train;

import dev.javelin.api.Layer;
import dev.javelin.api.Parameter;
import dev.javelin.api.trainer.ModelSummary;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.MemoryReport;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Summaries of compiled models. */
public final class ModelSummaries {
    private final Compilation compilation;
    private final Map<String, Long> storedBytes = new HashMap<>();
    private final List<ModelSummary.Row> rows = new ArrayList<>();

    private ModelSummaries(Compilation compilation) {
        this.compilation = compilation;
        for (StateEntry entry : StateMap.persistent(compilation)) {
            storedBytes.merge(entry.path(), entry.type().bytes(), Long::sum);
        }
    }

    /** What a compilation knows of its model; pure. */
    public static ModelSummary of(Compilation compilation) {
        ModelSummaries summaries = new ModelSummaries(compilation);
        Held all = summaries.visit("", compilation.paths().root(), 0);
        MemoryReport memory = compilation.memory();
        return new ModelSummary(
                summaries.rows,
                all.parameters,
                all.trainable,
                memory.resident(),
                memory.temporaries(),
                compilation.flops(compilation.trainingPrograms(1)));
    }

    private record Held(long parameters, long trainable, long bytes) {
        Held plus(Held other) {
            return new Held(parameters + other.parameters, trainable + other.trainable, bytes + other.bytes);
        }
    }

    /** Adds the rows of a layer and of those below it. */
    private Held visit(String path, Layer layer, int depth) {
        int place = rows.size();
        Held held = new Held(0, 0, 0);
        for (Map.Entry<String, Parameter> own : layer.parameters().entrySet()) {
            String name = Layer.join(path, own.getKey());
            // A shared parameter is known by its first path alone.
            if (compilation.paths().parameters().containsKey(name)) {
                long elements = own.getValue().shape().elements();
                held = held.plus(new Held(
                        elements, own.getValue().trainable() ? elements : 0, storedBytes.getOrDefault(name, 0L)));
            }
        }
        for (Map.Entry<String, Layer> child : layer.children().entrySet()) {
            held = held.plus(visit(Layer.join(path, child.getKey()), child.getValue(), depth + 1));
        }
        if (depth > 0) {
            rows.add(
                    place,
                    new ModelSummary.Row(
                            path,
                            depth,
                            layer.getClass().getSimpleName(),
                            compilation.outputs().get(path),
                            held.parameters,
                            held.trainable,
                            held.bytes));
        }
        return held;
    }
}
