package dev.javelin.models.huggingface;

import dev.javelin.api.DType;
import dev.javelin.models.GptSpec;
import dev.javelin.models.ModelSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** GPT-2 as {@code GPT2LMHeadModel}: weights of the blocks are transposed. */
record Gpt2Names() implements HuggingFace {
    private static final String HEAD = "lm_head.weight";
    private static final double EPSILON = 1e-5;
    private static final long USUAL_VOCABULARY = 50_257;
    private static final long USUAL_END = 50_256;
    private static final List<String> DROPOUTS = List.of("resid_pdrop", "embd_pdrop", "attn_pdrop");

    /** Layers of a block: ours, theirs, and whether the weight is transposed. */
    private static final List<ForeignTensor> BLOCK = List.of(
            new ForeignTensor("ln_1", "ln_1", false),
            new ForeignTensor("attn_qkv", "attn.c_attn", true),
            new ForeignTensor("attn_proj", "attn.c_proj", true),
            new ForeignTensor("ln_2", "ln_2", false),
            new ForeignTensor("mlp_fc", "mlp.c_fc", true),
            new ForeignTensor("mlp_proj", "mlp.c_proj", true));

    @Override
    public String modelType() {
        return "gpt2";
    }

    @Override
    public String prefix() {
        return "transformer.";
    }

    @Override
    public List<ForeignTensor> tensors(ModelSpec spec) {
        GptSpec gpt = (GptSpec) spec;
        List<ForeignTensor> all = new ArrayList<>();
        all.add(same("wte.weight"));
        all.add(same("wpe.weight"));
        for (int i = 0; i < gpt.layers(); i++) {
            String block = "h." + i + ".";
            for (ForeignTensor layer : BLOCK) {
                String ours = block + layer.path();
                String theirs = prefix() + block + layer.name();
                all.add(new ForeignTensor(ours + ".weight", theirs + ".weight", layer.transposed()));
                all.add(new ForeignTensor(ours + ".bias", theirs + ".bias", false));
            }
        }
        all.add(same("ln_f.weight"));
        all.add(same("ln_f.bias"));
        if (!gpt.tied()) {
            all.add(new ForeignTensor("head.weight", HEAD, false));
        }
        return all;
    }

    private ForeignTensor same(String path) {
        return new ForeignTensor(path, prefix() + path, false);
    }

    @Override
    public Map<String, String> copies(ModelSpec spec) {
        return ((GptSpec) spec).tied() ? Map.of(HEAD, "wte.weight") : Map.of();
    }

    @Override
    public boolean isConstant(String name) {
        return name.endsWith(".attn.bias") || name.endsWith(".attn.masked_bias");
    }

    @Override
    public SequencedMap<String, Object> config(ModelSpec spec, DType dtype) {
        GptSpec gpt = (GptSpec) spec;
        SequencedMap<String, Object> config = new LinkedHashMap<>();
        config.put("architectures", List.of("GPT2LMHeadModel"));
        config.put("model_type", modelType());
        config.put("vocab_size", gpt.vocab());
        config.put("n_positions", gpt.block());
        config.put("n_ctx", gpt.block());
        config.put("n_embd", gpt.width());
        config.put("n_layer", gpt.layers());
        config.put("n_head", gpt.heads());
        config.put("n_inner", null);
        config.put("activation_function", "gelu_new");
        config.put("resid_pdrop", gpt.dropout());
        config.put("embd_pdrop", gpt.dropout());
        config.put("attn_pdrop", 0.0);
        config.put("layer_norm_epsilon", EPSILON);
        config.put("initializer_range", 0.02);
        config.put("scale_attn_weights", true);
        config.put("tie_word_embeddings", gpt.tied());
        config.put("bos_token_id", gpt.vocab() == USUAL_VOCABULARY ? USUAL_END : null);
        config.put("eos_token_id", gpt.vocab() == USUAL_VOCABULARY ? USUAL_END : null);
        config.put("torch_dtype", HuggingFace.dtype(dtype));
        config.put("use_cache", true);
        return config;
    }

    @Override
    public List<String> left(Map<String, ?> config) {
        return DROPOUTS.stream()
                .filter(key -> config.get(key) instanceof Number number && number.doubleValue() != 0)
                .map(key -> key + " " + config.get(key))
                .toList();
    }

    GptSpec read(ForeignConfig config) {
        long width = config.integer("n_embd", 768);
        config.requireAmong("n_inner", List.of(4 * width));
        config.requireAmong("activation_function", List.of("gelu_new", "gelu_pytorch_tanh"));
        config.requireAmong("layer_norm_epsilon", List.of(EPSILON));
        config.requireAmong("scale_attn_weights", List.of(true));
        config.requireAmong("scale_attn_by_inverse_layer_idx", List.of(false));
        config.requireAmong("add_cross_attention", List.of(false));
        return new GptSpec(
                config.count("n_layer", 12),
                width,
                config.count("n_head", 12),
                config.integer("vocab_size", USUAL_VOCABULARY),
                config.integer("n_positions", 1024),
                config.flag("tie_word_embeddings", true),
                0);
    }
}
