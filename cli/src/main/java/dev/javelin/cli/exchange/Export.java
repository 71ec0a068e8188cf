package dev.javelin.cli.exchange;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.cli.run.StoredTokenizer;
import dev.javelin.data.tokenize.ByteTokenizer;
import dev.javelin.data.tokenize.Gpt2Tokenizer;
import dev.javelin.data.tokenize.TokenizerFiles;
import dev.javelin.data.tokenize.TokenizerIdentity;
import dev.javelin.data.tokenize.Tokenizers;
import dev.javelin.engine.Weights;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.ForeignExport;
import dev.javelin.engine.checkpoint.StateRange;
import dev.javelin.engine.train.Restoring;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.models.ModelSpec;
import dev.javelin.models.huggingface.HuggingFace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the weights of a checkpoint with what another system needs to make the model of them.
 *
 * @param from folder of a run or a checkpoint
 * @param weights null for the average if there is one
 * @param dtype null for that of the checkpoint
 * @param mostFileBytes of tensors in a file
 */
public record Export(
        Path from, @Nullable Weights weights, @Nullable DType dtype, long mostFileBytes) {
    static final String CONFIG_JSON = "config.json";
    static final String NOTES_JSON = "javelin.json";

    /**
     * Writes the folder; the result as an object.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-CKP-...} if the checkpoint cannot be read or the folder not be
     *     written, {@code 0055} if the model has no counterpart in the format
     */
    public Map<String, Object> write(Format format, Path out) {
        try (Checkpoint checkpoint = Checkpoint.open(from)) {
            RunConfig config = StoredConfig.read(checkpoint);
            Weights which = Restoring.weights(checkpoint, weights);
            DType type = dtype == null ? stored(checkpoint) : dtype;
            SequencedMap<String, byte[]> files =
                    format == Format.HF ? huggingFace(checkpoint, config.model(), type) : own(checkpoint);
            ForeignExport export = new ForeignExport(
                    checkpoint, path -> Restoring.kind(checkpoint, path, which), Layouts.of(format, config.model()));
            List<String> written = export.write(out, type, mostFileBytes, files);
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("checkpoint", checkpoint.folder().toString());
            object.put("model", config.model().text());
            object.put("dtype", type.label());
            object.put("out", out.toString());
            object.put("files", written);
            if (config.model() instanceof LanguageModelSpec) {
                object.put("tokenizer", tokenizer(checkpoint).shown());
            }
            return object;
        }
    }

    private static SequencedMap<String, byte[]> huggingFace(Checkpoint checkpoint, ModelSpec model, DType type) {
        SequencedMap<String, Object> config = HuggingFace.of(model).config(model, type);
        TokenizerIdentity tokenizer = tokenizer(checkpoint);
        Integer end = tokenizer.endOfText().isPresent() ? tokenizer.endOfText().getAsInt() : null;
        config.put("bos_token_id", tokenizer.name().equals(Gpt2Tokenizer.NAME) ? end : null);
        config.put("eos_token_id", end);
        SequencedMap<String, byte[]> files = new LinkedHashMap<>();
        files.put(CONFIG_JSON, json(config));
        files.putAll(TokenizerFiles.of(tokenizer, checkpoint.folder(), ((LanguageModelSpec) model).block()));
        return files;
    }

    private static SequencedMap<String, byte[]> own(Checkpoint checkpoint) {
        SequencedMap<String, byte[]> files = new LinkedHashMap<>();
        files.put(NOTES_JSON, json(checkpoint.state().path(StoredConfig.NOTES)));
        StoredTokenizer.identity(checkpoint)
                .flatMap(identity -> TokenizerFiles.own(identity, checkpoint.folder()))
                .ifPresent(file -> files.put(Tokenizers.FILE, file));
        return files;
    }

    /** That of a language model; one that names none was trained on bytes. */
    private static TokenizerIdentity tokenizer(Checkpoint checkpoint) {
        return StoredTokenizer.identity(checkpoint).orElseGet(() -> new ByteTokenizer().identity());
    }

    /** The widest type of a parameter. */
    private static DType stored(Checkpoint checkpoint) {
        return checkpoint.tensors(StateRange.PARAM).values().stream()
                .map(TensorType::dtype)
                .max(java.util.Comparator.comparingInt(DType::bytes))
                .orElse(DType.FLOAT32);
    }

    private static byte[] json(Object tree) {
        try {
            String text = new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(tree);
            return (text + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
