package dev.javelin.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.engine.checkpoint.Json.Malformed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * Safetensors files read as one: a file, the {@code model.safetensors} of a folder, or the shards that its {@code
 * model.safetensors.index.json} names. Only headers are held in memory.
 *
 * <p>Source: the layout that Hugging Face's transformers writes; {@code weight_map} of the index gives the file of each
 * tensor.
 */
public final class SafetensorsFolder implements AutoCloseable {
    static final String FILE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";
    private static final long BUFFER_BYTES = 4 << 20;

    private final Path path;
    private final Map<Path, SafetensorsReader> files = new LinkedHashMap<>();
    private final SequencedMap<String, SafetensorsReader> byTensor = new LinkedHashMap<>();

    private SafetensorsFolder(Path path) {
        this.path = path;
    }

    /**
     * Opens all files.
     *
     * @throws JavelinException {@code JVL-CKP-0050} if there are none, {@code 0051} if the index does not fit them, {@code
     *     0001} to {@code 0005} if one cannot be read or is damaged
     */
    public static SafetensorsFolder open(Path path) {
        SafetensorsFolder folder = new SafetensorsFolder(path);
        try {
            if (Files.isRegularFile(path)) {
                folder.addAll(path);
            } else if (Files.exists(path.resolve(INDEX))) {
                folder.addShards(path.resolve(INDEX));
            } else if (Files.exists(path.resolve(FILE))) {
                folder.addAll(path.resolve(FILE));
            } else {
                throw none(path);
            }
            return folder;
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private static JavelinException none(Path path) {
        boolean pickled = Files.exists(path.resolve("pytorch_model.bin"));
        return new JavelinException(
                "JVL-CKP-0050",
                Files.isDirectory(path)
                        ? path.toAbsolutePath() + " holds neither " + FILE + " nor " + INDEX
                                + (pickled ? ", only pytorch_model.bin" : "")
                        : "there is no file or folder " + path.toAbsolutePath(),
                pickled
                        ? "save the model again with transformers: save_pretrained(DIR, safe_serialization=True)"
                        : "give a folder with the safetensors files of a model");
    }

    private void addAll(Path file) {
        SafetensorsReader reader = reader(file);
        reader.tensors().keySet().forEach(name -> byTensor.put(name, reader));
    }

    private SafetensorsReader reader(Path file) {
        return files.computeIfAbsent(file, SafetensorsReader::open);
    }

    private void addShards(Path index) {
        SequencedMap<String, String> map = weightMap(index);
        List<String> problems = new ArrayList<>();
        map.forEach((tensor, name) -> {
            Path file = index.resolveSibling(name);
            if (!Path.of(name).equals(Path.of(name).getFileName()) || !Files.isRegularFile(file)) {
                problems.add("there is no file " + name + " with " + tensor);
            } else if (!reader(file).tensors().containsKey(tensor)) {
                problems.add(name + " does not hold " + tensor);
            } else {
                byTensor.put(tensor, reader(file));
            }
        });
        files.forEach((file, reader) -> reader.tensors().keySet().stream()
                .filter(tensor -> !map.containsKey(tensor))
                .forEach(tensor -> problems.add(file.getFileName() + " holds " + tensor + ", which the index lacks")));
        if (!problems.isEmpty()) {
            throw new JavelinException(
                    "JVL-CKP-0051",
                    index + " does not fit its files: " + String.join("; ", problems),
                    "copy all files of the model again");
        }
    }

    private static SequencedMap<String, String> weightMap(Path index) {
        SequencedMap<String, String> map = new LinkedHashMap<>();
        try {
            ObjectNode weights = Json.object(Json.parse(Files.readAllBytes(index)), "weight_map");
            for (Map.Entry<String, JsonNode> entry : weights.properties()) {
                map.put(entry.getKey(), Json.text(weights, entry.getKey()));
            }
            return map;
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(index, e);
        } catch (Malformed e) {
            throw new JavelinException(
                    "JVL-CKP-0051", index + " is no index: " + e.getMessage(), "copy all files of the model again", e);
        }
    }

    public Path path() {
        return path;
    }

    /** The types of all tensors by name. */
    public SequencedMap<String, TensorType> tensors() {
        SequencedMap<String, TensorType> types = new LinkedHashMap<>();
        byTensor.forEach((name, reader) ->
                types.put(name, Objects.requireNonNull(reader.tensors().get(name))));
        return types;
    }

    /**
     * Reads a range of a tensor's elements.
     *
     * @param as element type to deliver; floating types convert into each other, rounding to nearest even
     * @param destination of at least {@code elements} elements
     * @throws JavelinException {@code JVL-CKP-0017} if the types do not convert, else as {@link SafetensorsReader#read}
     */
    public void read(String name, long element, long elements, DType as, MemorySegment destination) {
        SafetensorsReader reader = Objects.requireNonNull(byTensor.get(name), name);
        DType dtype = Objects.requireNonNull(reader.tensors().get(name)).dtype();
        Conversion.require(dtype, as, name);
        if (dtype == as) {
            reader.read(name, element, elements, destination);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            long most = Math.max(1, Math.min(elements, BUFFER_BYTES / dtype.bytes()));
            MemorySegment buffer = arena.allocate(most * dtype.bytes(), 64);
            for (long done = 0; done < elements; done += most) {
                long now = Math.min(most, elements - done);
                reader.read(name, element + done, now, buffer);
                Conversion.convert(buffer, dtype, destination.asSlice(done * as.bytes()), as, now);
            }
        }
    }

    @Override
    public void close() {
        files.values().forEach(SafetensorsReader::close);
    }
}
