package dev.javelin.engine.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A small model's state: what tests write and expect back. */
final class Samples {
    static final Map<String, TensorType> TYPES = new TreeMap<>(Map.of(
            "wte.weight", TensorType.of(DType.FLOAT32, 7, 5),
            "h.0.ln_1.bias", TensorType.of(DType.FLOAT32, 5),
            "scalar", TensorType.of(DType.FLOAT32)));

    private Samples() {}

    static float value(String path, String kind, long element, long step) {
        return path.length() * 1000 + kind.length() * 100 + element + step * 0.5f;
    }

    static float[] values(String path, String kind, long step) {
        float[] values = new float[(int) TYPES.get(path).elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(path, kind, i, step);
        }
        return values;
    }

    /** Every state whole, or cut into shards of so many elements. */
    static List<CheckpointWriter.Entry> entries(long step, long shardElements) {
        List<CheckpointWriter.Entry> entries = new ArrayList<>();
        for (String kind : List.of(StateRange.PARAM, "m")) {
            TYPES.forEach((path, type) -> {
                MemorySegment all = MemorySegment.ofArray(values(path, kind, step));
                for (long from = 0; from < type.elements(); from += shardElements) {
                    long elements = Math.min(shardElements, type.elements() - from);
                    entries.add(new CheckpointWriter.Entry(
                            new StateRange(path, kind, type, from, elements),
                            SafetensorsWriter.Source.of(all.asSlice(from * 4, elements * 4), 4)));
                }
            });
        }
        return entries;
    }

    static ObjectNode state(double validationLoss) {
        return Json.object().put("seed", 7).put("validationLoss", validationLoss);
    }

    static Path write(Path run, long step) {
        return new CheckpointWriter().write(run, step, state(1), entries(step, Long.MAX_VALUE));
    }

    static float[] read(Checkpoint checkpoint, String path, String kind, long from, int count) {
        float[] values = new float[count];
        checkpoint.read(path, kind, from, count, DType.FLOAT32, MemorySegment.ofArray(values));
        return values;
    }
}
