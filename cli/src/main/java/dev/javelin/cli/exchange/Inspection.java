package dev.javelin.cli.exchange;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.TensorType;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.checkpoint.SafetensorsFolder;
import dev.javelin.engine.checkpoint.StateRange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint holds, or safetensors files.
 *
 * @param step −1 for files that are no checkpoint
 * @param tensors by kind of state; of plain files all under one kind
 * @param state what the checkpoint tells besides; empty for plain files
 * @param config of the run, as YAML; null if it is not told
 */
public record Inspection(
        Path path,
        long step,
        SequencedMap<String, SequencedMap<String, TensorType>> tensors,
        ObjectNode state,
        @Nullable String config) {

    /**
     * Reads headers and manifest, no weights.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-CKP-...} if there is nothing or it is damaged
     */
    public static Inspection of(Path path) {
        SequencedMap<String, SequencedMap<String, TensorType>> tensors = new LinkedHashMap<>();
        boolean run = Files.isDirectory(path)
                && (RunFolder.isCheckpoint(path) || RunFolder.newest(path).isPresent());
        if (!run && Files.exists(path)) {
            try (SafetensorsFolder files = SafetensorsFolder.open(path)) {
                tensors.put("tensors", files.tensors());
                return new Inspection(path, -1, tensors, new ObjectMapper().createObjectNode(), null);
            }
        }
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            checkpoint.kinds().forEach(kind -> tensors.put(kind, checkpoint.tensors(kind)));
            ObjectNode state = checkpoint.state();
            String config = StoredConfig.text(state.path(StoredConfig.NOTES)).orElse(null);
            state.remove(StoredConfig.NOTES);
            return new Inspection(checkpoint.folder(), checkpoint.step(), tensors, state, config);
        }
    }

    /** For people. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(step < 0 ? path.toString() : path + ", step " + step);
        if (config != null) {
            lines.add("");
            config.lines().forEach(line -> lines.add("  " + line));
        }
        state.properties().forEach(entry -> lines.add(entry.getKey() + ": " + entry.getValue()));
        tensors.forEach((kind, types) -> {
            lines.add("");
            lines.add(String.format(
                    Locale.ROOT,
                    "%s: %,d tensors, %,d elements, %,d bytes",
                    kind,
                    types.size(),
                    types.values().stream().mapToLong(TensorType::elements).sum(),
                    types.values().stream().mapToLong(TensorType::bytes).sum()));
            int width = types.keySet().stream().mapToInt(String::length).max().orElse(0);
            if (kind.equals(StateRange.PARAM) || step < 0) {
                types.forEach((name, type) -> lines.add("  " + name + " ".repeat(width - name.length()) + "  "
                        + type.dtype().label() + " " + type.shape()));
            }
        });
        return lines;
    }

    /** For JSON. */
    public Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("path", path.toString());
        object.put("step", step < 0 ? null : step);
        Map<String, Object> kinds = new LinkedHashMap<>();
        tensors.forEach((kind, types) -> {
            List<Object> list = new ArrayList<>();
            types.forEach((name, type) -> {
                Map<String, Object> tensor = new LinkedHashMap<>();
                tensor.put("name", name);
                tensor.put("dtype", type.dtype().label());
                tensor.put("shape", type.shape().toArray());
                list.add(tensor);
            });
            kinds.put(kind, list);
        });
        object.put("tensors", kinds);
        object.put("state", state);
        object.put("config", config);
        return object;
    }
}
