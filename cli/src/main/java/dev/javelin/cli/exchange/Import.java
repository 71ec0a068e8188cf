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
import dev.javelin.cli.run.StoredTokenizer;
import dev.javelin.data.tokenize.TokenizerFiles;
import dev.javelin.data.tokenize.Tokenizers;
import dev.javelin.engine.checkpoint.Companion;
import dev.javelin.engine.checkpoint.ForeignImport;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.checkpoint.SafetensorsFolder;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.models.ModelSpec;
import dev.javelin.models.huggingface.HuggingFace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model in the files of another system, to be read into a run.
 *
 * @param notes what the checkpoint will tell: the configuration with the model, and its tokenizer
 * @param companions the tokenizer.json that will lie in the checkpoint, if there is one
 * @param remarks what is not taken over, for people
 */
public record Import(
        Path from, Format format, ModelSpec model, ObjectNode notes, List<Companion> companions, List<String> remarks) {

    /**
     * Reads the configuration and the tokenizer.
     *
     * @param tokens {@code bytes}, {@code gpt2}, {@code ids}, the path of a tokenizer.json, or null for the tokenizer in the
     *     model's folder; of our own format always null, as it says itself which tokenizer it has
     * @throws JavelinException {@code JVL-CKP-0057} if there is none or it cannot be read, {@code 0055} and {@code 0056}
     *     for a model that cannot be had, {@code 0059} for a tokenizer with more tokens than the model, {@code JVL-DAT-0050}
     *     to {@code 0053} for one that cannot be read
     */
    public static Import of(Path from, Format format, @Nullable String tokens) {
        return format == Format.HF ? huggingFace(from, tokens) : own(from);
    }

    private static Import huggingFace(Path from, @Nullable String tokens) {
        ObjectNode json = json(from, Export.CONFIG_JSON);
        @SuppressWarnings("unchecked") // keys of JSON objects are texts
        Map<String, Object> config = new ObjectMapper().convertValue(json, Map.class);
        ModelSpec model = HuggingFace.spec(config);
        List<String> remarks = new ArrayList<>();
        List<String> left = HuggingFace.of(config).left(config);
        if (!left.isEmpty()) {
            remarks.add("note: left out, as it matters in training alone: " + String.join(", ", left)
                    + "; fit --init takes model.dropout");
        }
        ImportedTokenizer tokenizer = ImportedTokenizer.of(folder(from), tokens, ((LanguageModelSpec) model).vocab());
        remarks.addAll(tokenizer.notes());
        ObjectNode notes =
                StoredConfig.notes(RunConfig.of(List.of(new Setting("model", model.text(), from.toString()))));
        notes.setAll(StoredTokenizer.notes(tokenizer.identity()));
        return new Import(from, Format.HF, model, notes, tokenizer.companions(), remarks);
    }

    private static Import own(Path from) {
        ObjectNode notes = json(from, Export.NOTES_JSON);
        List<Setting> settings = StoredConfig.settings(from + " (its configuration)", notes);
        if (settings.isEmpty()) {
            throw noConfig(from, Export.NOTES_JSON, "holds no configuration", null);
        }
        List<Companion> companions = StoredTokenizer.of(notes).stream()
                .flatMap(identity -> TokenizerFiles.own(identity, folder(from)).stream())
                .map(json -> new Companion(Tokenizers.FILE, json))
                .toList();
        return new Import(from, Format.SAFETENSORS, RunConfig.of(settings).model(), notes, companions, List.of());
    }

    private static Path folder(Path from) {
        return Files.isDirectory(from) ? from : from.toAbsolutePath().resolveSibling("");
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
            ObjectNode state = JsonNodeFactory.instance.objectNode();
            state.set(StoredConfig.NOTES, StoredConfig.with(notes, settings(out, precision)));
            Path checkpoint =
                    new ForeignImport(files, Layouts.of(format, model), shapes).write(out, dtype, state, companions);
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("model", model.text());
            object.put("parameters", model.parameters());
            object.put("precision", precision.label());
            StoredTokenizer.of(notes).ifPresent(identity -> object.put("tokenizer", identity.shown()));
            object.put("out", out.toString());
            object.put("checkpoint", checkpoint.toString());
            return object;
        }
    }

    /** What the files tell of the run that they become. */
    private List<Setting> settings(Path out, Precision precision) {
        List<Setting> settings = new ArrayList<>();
        settings.add(new Setting("trainer.precision", precision.label(), "the files"));
        StoredTokenizer.of(notes)
                .filter(identity -> model instanceof LanguageModelSpec)
                .ifPresent(identity -> {
                    Path json = RunFolder.checkpoint(out, 0).toAbsolutePath().resolve(Tokenizers.FILE);
                    String tokens = companions.isEmpty() ? identity.name() : json.toString();
                    settings.add(new Setting("data.tokens", tokens, "the files"));
                });
        return settings;
    }
}
