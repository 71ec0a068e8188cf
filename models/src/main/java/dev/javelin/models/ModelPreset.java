package dev.javelin.models;

import dev.javelin.api.JavelinException;
import java.util.List;

/**
 * A model with a name and the batch it is usually trained on.
 *
 * @param batch B, rows of one optimizer step
 * @param block T, positions of a row
 */
public record ModelPreset(String name, ModelSpec spec, long batch, long block) {
    private static final List<ModelPreset> ALL = List.of(
            new ModelPreset("small", GptSpec.standard(), 16, 128),
            new ModelPreset("baby", new GptSpec(6, 384, 6, 65, 256, true, 0), 12, 256),
            new ModelPreset("llama-small", LlamaSpec.standard(), 16, 128),
            new ModelPreset("llama-baby", LlamaSpec.of(6, 384, 6, 2, 1024, 65, 256), 12, 256),
            new ModelPreset("gpt2-124m", new GptSpec(12, 768, 12, 50257, 1024, true, 0), 4, 1024),
            new ModelPreset("gpt-1.3b", new GptSpec(24, 2048, 16, 50257, 1024, true, 0), 4, 1024),
            new ModelPreset("tinyllama-1.1b", LlamaSpec.of(22, 2048, 32, 4, 5632, 32_000, 2048), 4, 2048),
            new ModelPreset("llama2-7b", LlamaSpec.of(32, 4096, 32, 32, 11_008, 32_000, 4096), 4, 4096),
            new ModelPreset(
                    "llama3-8b",
                    LlamaSpec.of(32, 4096, 32, 8, 14_336, 128_256, 8192).withRopeBase(500_000),
                    4,
                    8192));

    /** All presets, roughly by size. */
    public static List<ModelPreset> all() {
        return ALL;
    }

    /**
     * The preset of this name.
     *
     * @throws JavelinException {@code JVL-CFG-0020} for an unknown name, with the nearest known one
     */
    public static ModelPreset of(String name) {
        return ALL.stream()
                .filter(preset -> preset.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new JavelinException(
                        "JVL-CFG-0020",
                        "there is no model '" + name + "'",
                        Nearest.advice(name, ALL.stream().map(ModelPreset::name).toList())));
    }
}
