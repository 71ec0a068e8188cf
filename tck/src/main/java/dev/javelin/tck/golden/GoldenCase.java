package dev.javelin.tck.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.engine.checkpoint.SafetensorsReader;
import dev.javelin.engine.run.Numbers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** One golden run: its configuration, what PyTorch computed, and its tensors. Closed by whoever opened it. */
public final class GoldenCase implements AutoCloseable {
    private static final String SUFFIX = ".safetensors";

    private final String name;
    private final JsonNode document;
    private final SafetensorsReader tensors;

    private GoldenCase(String name, JsonNode document, SafetensorsReader tensors) {
        this.name = name;
        this.document = document;
        this.tensors = tensors;
    }

    /**
     * Opens {@code NAME.safetensors} and the {@code NAME.json} beside it.
     *
     * @throws JavelinException {@code JVL-DAT-0030} if one of them is missing or not of this form
     */
    public static GoldenCase open(Path file) {
        String fileName =
                Objects.requireNonNull(file.getFileName(), "file name").toString();
        if (!fileName.endsWith(SUFFIX)) {
            throw unusable(file, "is no " + SUFFIX + " file");
        }
        String name = fileName.substring(0, fileName.length() - SUFFIX.length());
        Path json = file.resolveSibling(name + ".json");
        try {
            JsonNode document = new ObjectMapper().readTree(Files.readAllBytes(json));
            if (!document.path("config").isObject() || !document.path("loss").isArray()) {
                throw unusable(json, "has no config and loss");
            }
            int steps = document.path("config").path("steps").asInt();
            if (steps < 1 || document.path("loss").size() != steps) {
                throw unusable(json, "has " + document.path("loss").size() + " losses for " + steps + " steps");
            }
            return new GoldenCase(name, document, SafetensorsReader.open(file));
        } catch (IOException e) {
            throw unusable(json, "cannot be read: " + e);
        }
    }

    private static JavelinException unusable(Path file, String why) {
        return new JavelinException(
                "JVL-DAT-0030",
                "golden case " + file + " " + why,
                "give a NAME.safetensors with its NAME.json beside it, as make_golden.py writes them");
    }

    public String name() {
        return name;
    }

    /** A text of the configuration. */
    public String text(String key) {
        return config(key).asText();
    }

    /** A whole number of the configuration. */
    public int integer(String key) {
        return config(key).asInt();
    }

    /** A number of the configuration. */
    public double number(String key) {
        return config(key).asDouble();
    }

    private JsonNode config(String key) {
        JsonNode value = document.path("config").path(key);
        if (value.isMissingNode() || value.isNull()) {
            throw unusable(Path.of(name + ".json"), "has no config." + key);
        }
        return value;
    }

    /** Loss of a step, counted from 0. */
    public double loss(int step) {
        return document.path("loss").path(step).asDouble();
    }

    /** A tensor converted to another dtype, row-major. */
    public MemorySegment tensor(String tensor, DType dtype) {
        TensorType type = tensors.tensors().get(tensor);
        if (type == null) {
            throw unusable(Path.of(name + SUFFIX), "has no tensor " + tensor);
        }
        return convert(tensor, type, 0, type.elements(), dtype);
    }

    /** Micro-batch {@code micro} of step {@code step} of {@code tokens} or {@code targets}, as INT32 [batch, block]. */
    public MemorySegment batch(String field, int step, int micro) {
        TensorType type = Objects.requireNonNull(tensors.tensors().get(field), field);
        long elements = type.shape().elements(2, 4);
        long start = (step * type.shape().dim(1) + micro) * elements;
        return convert(field, type, start, elements, DType.INT32);
    }

    private MemorySegment convert(String tensor, TensorType type, long start, long elements, DType dtype) {
        MemorySegment raw =
                Arena.ofAuto().allocate(Math.max(1, elements * type.dtype().bytes()), 64);
        tensors.read(
                tensor, start, elements, raw.asSlice(0, elements * type.dtype().bytes()));
        MemorySegment result = Arena.ofAuto().allocate(Math.max(1, elements * dtype.bytes()), 64);
        for (long i = 0; i < elements; i++) {
            Numbers.set(result, dtype, i, Numbers.get(raw, type.dtype(), i));
        }
        return result.asSlice(0, elements * dtype.bytes());
    }

    @Override
    public void close() {
        tensors.close();
    }
}
