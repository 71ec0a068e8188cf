package dev.javelin.cli.exchange;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.trainer.Precision;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.engine.checkpoint.ForeignImport;
import dev.javelin.engine.checkpoint.SafetensorsFolder;
import dev.javelin.models.ModelSpec;
import dev.javelin.models.huggingface.HuggingFace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model in the files of another system, to be read into a run.
 *
 * @param state what the checkpoint will tell: the configuration with the model
 * @param notes what is not taken over, for people
 */
public record Import(Path from, Format format, ModelSpec model, ObjectNode state, List<String> notes) {

    /**
     * Reads the configuration.
     *
     * @throws JavelinException {@code JVL-CKP-0057} if there is none or it cannot be read, {@code 0055} and {@code 0056}
     *     for a model that cannot be had
     */
    public static Import of(Path from, Format format) {
        return format == Format.HF ? huggingFace(from) : own(from);
    }

    private static Import huggingFace(Path from) {
        ObjectNode json = json(from, Export.CONFIG_JSON);
        @SuppressWarnings("unchecked") // keys of JSON objects are texts
        Map<String, Object> config = new ObjectMapper().convertValue(json, Map.class);
        ModelSpec model = HuggingFace.spec(config);
        List<String> left = HuggingFace.of(config).left(config);
        List<String> notes = left.isEmpty()
                ? List.of()
                : List.of("note: left out, as it matters in training alone: " + String.join(", ", left)
                        + "; fit --init takes model.dropout");
        ObjectNode state = JsonNodeFactory.instance.objectNode();
        RunConfig run = RunConfig.of(List.of(new Setting("model", model.text(), from.toString())));
        state.set(StoredConfig.NOTES, StoredConfig.notes(run));
        return new Import(from, Format.HF, model, state, notes);
    }

    private static Import own(Path from) {
        ObjectNode notes = json(from, Export.NOTES_JSON);
        ObjectNode state = JsonNodeFactory.instance.objectNode();
        state.set(StoredConfig.NOTES, notes);
        List<Setting> settings = StoredConfig.settings(from + " (its configuration)", notes);
        if (settings.isEmpty()) {
            throw noConfig(from, Export.NOTES_JSON, "holds no configuration", null);
        }
        return new Import(from, Format.SAFETENSORS, RunConfig.of(settings).model(), state, List.of());
    }

    private static ObjectNode json(Path from, String name) {
        Path file = Files.isDirectory(from) ? from.resolve(name) : from.resolveSibling(name);
        try {
            if (new ObjectMapper().readTree(Files.readAllBytes(file)) instanceof ObjectNode object) {
                return object;
            }
            throw noConfig(from, name, "is no JSON object", null);
        } catch (JsonProcessingException e) {
            throw noConfig(from, name, "is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw noConfig(from, name, "cannot be read: " + e, e);
        }
    }

    private static JavelinException noConfig(Path from, String name, String problem, @Nullable Exception cause) {
        String what = name + " of " + from.toAbsolutePath() + " " + problem;
        String remedy = "give a folder that holds " + name + " beside the safetensors files of a model";
        return cause == null
                ? new JavelinException("JVL-CKP-0057", what, remedy)
                : new JavelinException("JVL-CKP-0057", what, remedy, cause);
    }

    /**
     * Reads the tensors into the folder of a run; the result as an object.
     *
     * @throws JavelinException as {@link ForeignImport#write} and {@link SafetensorsFolder#open}
     */
    public Map<String, Object> write(Path out) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        model.module().model().allParameters().forEach((path, parameter) -> shapes.put(path, parameter.shape()));
        try (SafetensorsFolder files = SafetensorsFolder.open(from)) {
            DType dtype = ForeignImport.dtype(files);
            Precision precision = dtype == DType.FLOAT64 ? Precision.TRUE_64 : Precision.TRUE_32;
            ObjectNode told = state.deepCopy();
            told.set(
                    StoredConfig.NOTES,
                    StoredConfig.withPrecision(told.withObject("/" + StoredConfig.NOTES), precision));
            Path checkpoint = new ForeignImport(files, Layouts.of(format, model), shapes).write(out, dtype, told);
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("model", model.text());
            object.put("parameters", model.parameters());
            object.put("precision", precision.label());
            object.put("out", out.toString());
            object.put("checkpoint", checkpoint.toString());
            return object;
        }
    }
}
