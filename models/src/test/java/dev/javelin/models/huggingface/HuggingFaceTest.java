package dev.javelin.models.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.models.ModelSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceTest {
    private static final String GPT = "gpt:layers=2,width=8,heads=2,vocab=11,block=16";
    private static final String LLAMA = "llama:layers=2,width=8,heads=2,kvHeads=1,ff=20,vocab=11,block=16";

    @ParameterizedTest
    @ValueSource(strings = {GPT, GPT + ",tied=true", LLAMA, LLAMA + ",tied=true"})
    void everyParameterHasOneCounterpart(String text) {
        ModelSpec spec = ModelSpec.parse(text);
        List<ForeignTensor> tensors = HuggingFace.of(spec).tensors(spec);
        assertEquals(
                new ArrayList<>(spec.module().model().allParameters().keySet()),
                tensors.stream().map(ForeignTensor::path).toList());
        assertEquals(
                tensors.size(),
                new HashSet<>(tensors.stream().map(ForeignTensor::name).toList()).size());
    }

    @Test
    void gptTensorsAreCalledAsInGpt2LmHeadModel() {
        ModelSpec spec = ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=16");
        assertEquals(
                List.of(
                        "transformer.wte.weight",
                        "transformer.wpe.weight",
                        "transformer.h.0.ln_1.weight",
                        "transformer.h.0.ln_1.bias",
                        "transformer.h.0.attn.c_attn.weight",
                        "transformer.h.0.attn.c_attn.bias",
                        "transformer.h.0.attn.c_proj.weight",
                        "transformer.h.0.attn.c_proj.bias",
                        "transformer.h.0.ln_2.weight",
                        "transformer.h.0.ln_2.bias",
                        "transformer.h.0.mlp.c_fc.weight",
                        "transformer.h.0.mlp.c_fc.bias",
                        "transformer.h.0.mlp.c_proj.weight",
                        "transformer.h.0.mlp.c_proj.bias",
                        "transformer.ln_f.weight",
                        "transformer.ln_f.bias",
                        "lm_head.weight"),
                HuggingFace.of(spec).tensors(spec).stream()
                        .map(ForeignTensor::name)
                        .toList());
        assertEquals(
                new TreeSet<>(List.of(
                        "h.0.attn_qkv.weight", "h.0.attn_proj.weight", "h.0.mlp_fc.weight", "h.0.mlp_proj.weight")),
                new TreeSet<>(HuggingFace.of(spec).tensors(spec).stream()
                        .filter(ForeignTensor::transposed)
                        .map(ForeignTensor::path)
                        .toList()),
                "the Conv1D layers");
    }

    @Test
    void llamaTensorsAreCalledAsInLlamaForCausalLm() {
        ModelSpec spec = ModelSpec.parse("llama:layers=1,width=8,heads=2,kvHeads=1,ff=20,vocab=11,block=16");
        List<ForeignTensor> tensors = HuggingFace.of(spec).tensors(spec);
        assertEquals(
                List.of(
                        "model.embed_tokens.weight",
                        "model.layers.0.input_layernorm.weight",
                        "model.layers.0.self_attn.q_proj.weight",
                        "model.layers.0.self_attn.k_proj.weight",
                        "model.layers.0.self_attn.v_proj.weight",
                        "model.layers.0.self_attn.o_proj.weight",
                        "model.layers.0.post_attention_layernorm.weight",
                        "model.layers.0.mlp.gate_proj.weight",
                        "model.layers.0.mlp.up_proj.weight",
                        "model.layers.0.mlp.down_proj.weight",
                        "model.norm.weight",
                        "lm_head.weight"),
                tensors.stream().map(ForeignTensor::name).toList());
        assertTrue(tensors.stream().noneMatch(ForeignTensor::transposed));
    }

    @ParameterizedTest
    @ValueSource(strings = {GPT, GPT + ",tied=true", LLAMA, LLAMA + ",tied=true,ropeBase=500000.0,epsilon=1.0E-6"})
    void aConfigurationReadsBackAsTheModel(String text) {
        ModelSpec spec = ModelSpec.parse(text);
        assertEquals(spec, HuggingFace.spec(HuggingFace.of(spec).config(spec, DType.FLOAT32)));
    }

    @Test
    void whatIsNotSaidHasTheDefaultsOfTransformers() {
        assertEquals(ModelSpec.parse("gpt2-124m"), HuggingFace.spec(Map.of("model_type", "gpt2")));
        assertEquals(
                ModelSpec.parse("llama:layers=32,width=4096,heads=32,ff=11008,vocab=32000,block=2048,epsilon=1e-6"),
                HuggingFace.spec(Map.of("model_type", "llama")));
        Map<String, Object> newer = Map.of(
                "model_type", "llama", "rope_parameters", Map.of("rope_type", "default", "rope_theta", 500000.0));
        assertEquals("500000.0", HuggingFace.spec(newer).settings().get("ropeBase"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gpt2  | activation_function | relu",
                "gpt2  | n_inner             | 100",
                "gpt2  | layer_norm_epsilon  | 1e-6",
                "gpt2  | scale_attn_weights  | false",
                "gpt2  | scale_attn_by_inverse_layer_idx | true",
                "gpt2  | add_cross_attention | true",
                "gpt2  | n_layer             | 0",
                "llama | hidden_act          | gelu",
                "llama | attention_bias      | true",
                "llama | mlp_bias            | true",
                "llama | head_dim            | 64",
                "llama | rope_scaling        | {}",
                "llama | num_hidden_layers   | many",
            })
    void whatChangesTheModelIsRefused(String type, String key, String value) {
        Map<String, Object> config = new HashMap<>(Map.of("model_type", type));
        config.put(key, value(value));
        if (key.equals("rope_scaling")) {
            config.put(key, Map.of("rope_type", "llama3", "factor", 8.0));
        }
        JavelinException error = assertThrows(JavelinException.class, () -> HuggingFace.spec(config));
        assertEquals("JVL-CKP-0056", error.code());
        assertTrue(error.getMessage().contains(key + " is "), error.getMessage());
    }

    private static Object value(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> text.matches("[\\d.e-]+") ? (Object) Double.valueOf(text) : text;
        };
    }

    @Test
    void allThatIsUnsupportedIsNamedAtOnce() {
        Map<String, Object> config = Map.of("model_type", "gpt2", "n_inner", 7, "activation_function", "relu");
        JavelinException error = assertThrows(JavelinException.class, () -> HuggingFace.spec(config));
        assertTrue(
                error.getMessage().contains("n_inner is 7")
                        && error.getMessage().contains("activation_function is relu"),
                error.getMessage());
        assertEquals(
                List.of("attn_pdrop 0.1"), HuggingFace.of(config).left(Map.of("attn_pdrop", 0.1, "resid_pdrop", 0)));
    }

    @Test
    void otherFamiliesAreRefused() {
        for (Map<String, Object> config : List.<Map<String, Object>>of(Map.of(), Map.of("model_type", "bert"))) {
            assertEquals(
                    "JVL-CKP-0055",
                    assertThrows(JavelinException.class, () -> HuggingFace.spec(config))
                            .code());
        }
        assertEquals(
                "JVL-CKP-0055",
                assertThrows(JavelinException.class, () -> HuggingFace.of(ModelSpec.parse("mlp:features=1,classes=2")))
                        .code());
    }
}
