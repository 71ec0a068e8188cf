package dev.javelin.models.huggingface;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.models.GptSpec;
import dev.javelin.models.LlamaSpec;
import dev.javelin.models.ModelSpec;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** A family of models as transformers knows it. */
public sealed interface HuggingFace permits Gpt2Names, LlamaNames {

    /** The word of {@code config.json} for the family, for example {@code gpt2}. */
    String modelType();

    /** What stands before the names of the model without its head; files may leave it out. */
    String prefix();

    /** All parameters of a model with their counterparts, in the order of ours. */
    List<ForeignTensor> tensors(ModelSpec spec);

    /**
     * Tensors that files may hold besides, under names by ours: a tied head is written as a tensor of its own by some, and
     * must then equal the table it is tied to.
     *
     * @return name there → path of ours
     */
    Map<String, String> copies(ModelSpec spec);

    /** Whether a tensor is no parameter but a constant that some versions save: masks, angles of rotary positions. */
    boolean isConstant(String name);

    /**
     * The content of {@code config.json}.
     *
     * @param dtype of the tensors
     */
    SequencedMap<String, Object> config(ModelSpec spec, DType dtype);

    /** Settings of the configuration that have an effect in training alone and are not taken over, for people. */
    List<String> left(Map<String, ?> config);

    /**
     * The family of a model.
     *
     * @throws JavelinException {@code JVL-CKP-0055} for one that transformers does not know
     */
    static HuggingFace of(ModelSpec spec) {
        return switch (spec) {
            case GptSpec gpt -> new Gpt2Names();
            case LlamaSpec llama -> new LlamaNames();
            default ->
                throw new JavelinException(
                        "JVL-CKP-0055",
                        "a model of family '" + spec.family() + "' has no counterpart in transformers",
                        "export gpt and llama models with --format hf, any model with --format safetensors");
        };
    }

    /**
     * The family that a configuration names.
     *
     * @throws JavelinException {@code JVL-CKP-0055} for another than gpt2 and llama
     */
    static HuggingFace of(Map<String, ?> config) {
        Object type = config.get("model_type");
        return switch (String.valueOf(type)) {
            case "gpt2" -> new Gpt2Names();
            case "llama" -> new LlamaNames();
            default ->
                throw new JavelinException(
                        "JVL-CKP-0055",
                        type == null
                                ? "the configuration has no model_type"
                                : "the configuration is of a model of type '" + type + "'",
                        "import models of type gpt2 or llama");
        };
    }

    /**
     * The model that a configuration describes. Settings that are not there have the defaults of transformers.
     *
     * @throws JavelinException {@code JVL-CKP-0055} for another family, {@code 0056} for settings that this model cannot
     *     have, all of them named
     */
    static ModelSpec spec(Map<String, ?> config) {
        HuggingFace family = of(config);
        ForeignConfig read = new ForeignConfig(config);
        try {
            ModelSpec spec = switch (family) {
                case Gpt2Names gpt2 -> gpt2.read(read);
                case LlamaNames llama -> llama.read(read);
            };
            read.requireSupported();
            return spec;
        } catch (JavelinException e) {
            read.requireSupported();
            throw e;
        }
    }

    /** The name of an element type there. */
    static String dtype(DType dtype) {
        return switch (dtype) {
            case FLOAT64 -> "float64";
            case FLOAT32 -> "float32";
            case BFLOAT16 -> "bfloat16";
            case FLOAT16 -> "float16";
            default -> throw new IllegalArgumentException("parameters of type " + dtype);
        };
    }
}
