package dev.javelin.models.huggingface;

import dev.javelin.api.DType;
import dev.javelin.models.LlamaSpec;
import dev.javelin.models.ModelSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Llama as {@code LlamaForCausalLM}: the same layout, halves rotated in both. */
record LlamaNames() implements HuggingFace {
    private static final String HEAD = "lm_head.weight";

    /** Layers of a block: ours, theirs. */
    private static final List<ForeignTensor> BLOCK = List.of(
            new ForeignTensor("input_layernorm", "input_layernorm", false),
            new ForeignTensor("q_proj", "self_attn.q_proj", false),
            new ForeignTensor("k_proj", "self_attn.k_proj", false),
            new ForeignTensor("v_proj", "self_attn.v_proj", false),
            new ForeignTensor("o_proj", "self_attn.o_proj", false),
            new ForeignTensor("post_attention_layernorm", "post_attention_layernorm", false),
            new ForeignTensor("gate_proj", "mlp.gate_proj", false),
            new ForeignTensor("up_proj", "mlp.up_proj", false),
            new ForeignTensor("down_proj", "mlp.down_proj", false));

    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public List<ForeignTensor> tensors(ModelSpec spec) {
        LlamaSpec llama = (LlamaSpec) spec;
        List<ForeignTensor> all = new ArrayList<>();
        all.add(new ForeignTensor("embed_tokens.weight", prefix() + "embed_tokens.weight", false));
        for (int i = 0; i < llama.layers(); i++) {
            String block = "layers." + i + ".";
            for (ForeignTensor layer : BLOCK) {
                all.add(new ForeignTensor(
                        block + layer.path() + ".weight", prefix() + block + layer.name() + ".weight", false));
            }
        }
        all.add(new ForeignTensor("norm.weight", prefix() + "norm.weight", false));
        if (!llama.tied()) {
            all.add(new ForeignTensor(HEAD, HEAD, false));
        }
        return all;
    }

    @Override
    public Map<String, String> copies(ModelSpec spec) {
        return ((LlamaSpec) spec).tied() ? Map.of(HEAD, "embed_tokens.weight") : Map.of();
    }

    @Override
    public boolean isConstant(String name) {
        return name.endsWith("rotary_emb.inv_freq");
    }

    @Override
    public SequencedMap<String, Object> config(ModelSpec spec, DType dtype) {
        LlamaSpec llama = (LlamaSpec) spec;
        SequencedMap<String, Object> config = new LinkedHashMap<>();
        config.put("architectures", List.of("LlamaForCausalLM"));
        config.put("model_type", modelType());
        config.put("vocab_size", llama.vocab());
        config.put("max_position_embeddings", llama.block());
        config.put("hidden_size", llama.width());
        config.put("intermediate_size", llama.ff());
        config.put("num_hidden_layers", llama.layers());
        config.put("num_attention_heads", llama.heads());
        config.put("num_key_value_heads", llama.kvHeads());
        config.put("head_dim", llama.width() / llama.heads());
        config.put("hidden_act", "silu");
        config.put("rms_norm_eps", llama.epsilon());
        config.put("rope_theta", llama.ropeBase());
        config.put("rope_scaling", null);
        config.put("attention_bias", false);
        config.put("attention_dropout", 0.0);
        config.put("mlp_bias", false);
        config.put("initializer_range", 0.02);
        config.put("tie_word_embeddings", llama.tied());
        config.put("bos_token_id", null);
        config.put("eos_token_id", null);
        config.put("torch_dtype", HuggingFace.dtype(dtype));
        config.put("use_cache", true);
        return config;
    }

    @Override
    public List<String> left(Map<String, ?> config) {
        return config.get("attention_dropout") instanceof Number number && number.doubleValue() != 0
                ? List.of("attention_dropout " + number)
                : List.of();
    }

    LlamaSpec read(ForeignConfig config) {
        long width = config.integer("hidden_size", 4096);
        int heads = config.count("num_attention_heads", 32);
        config.requireAmong("hidden_act", List.of("silu"));
        config.requireAmong("attention_bias", List.of(false));
        config.requireAmong("mlp_bias", List.of(false));
        config.requireAmong("partial_rotary_factor", List.of(1));
        config.requireAmong("head_dim", List.of(width / heads));
        return new LlamaSpec(
                config.count("num_hidden_layers", 32),
                width,
                heads,
                config.count("num_key_value_heads", heads),
                config.integer("intermediate_size", 11_008),
                config.integer("vocab_size", 32_000),
                config.integer("max_position_embeddings", 2048),
                config.flag("tie_word_embeddings", false),
                0,
                ropeBase(config),
                config.number("rms_norm_eps", 1e-6));
    }

    /** Newer versions keep the base beside the kind of scaling, of which there must be none. */
    private static double ropeBase(ForeignConfig config) {
        double base = config.number("rope_theta", 10_000);
        for (String key : List.of("rope_scaling", "rope_parameters")) {
            if (config.value(key) instanceof Map<?, ?> rope) {
                Object type = rope.containsKey("rope_type") ? rope.get("rope_type") : rope.get("type");
                if (type != null && !type.equals("default")) {
                    config.refuse(key, "supported are rotary positions without scaling");
                }
                base = rope.get("rope_theta") instanceof Number number ? number.doubleValue() : base;
            } else if (config.value(key) != null) {
                config.refuse(key, "expected an object");
            }
        }
        return base;
    }
}
