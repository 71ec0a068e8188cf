package dev.javelin.models;

import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * A model as data: its family and settings, written {@code FAMILY:key=value,...}. Specs are records, equal if their
 * settings are; {@code parse(spec.text())} equals {@code spec}.
 *
 * @see GptSpec
 * @see LlamaSpec
 * @see MlpSpec
 */
public interface ModelSpec {

    /** Name of the family, for example {@code gpt}. */
    String family();

    /** Every setting with its value, in canonical order. */
    SequencedMap<String, String> settings();

    /**
     * This spec with some settings changed.
     *
     * @throws JavelinException {@code JVL-CFG-0021} for an unknown key, {@code 0024} to {@code 0027} for wrong values
     */
    ModelSpec with(Map<String, String> changes);

    /** Number of elements of all parameters. */
    long parameters();

    /**
     * Floating-point operations of one training step, forward and backward, for one token (or row).
     *
     * @param positions T, the length of the sequences trained on
     */
    double trainingFlops(long positions);

    /** Declares the model, with its loss. Nothing is allocated. */
    TrainingModule module();

    /** The canonical text; settings that switch something off by default are left out while they do. */
    String text();

    /** Joins settings to the text of a spec. */
    static String text(String family, Map<String, String> settings) {
        return family + ":"
                + settings.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining(","));
    }

    /**
     * Reads the name of a {@link ModelPreset} or {@code FAMILY:key=value,...}; settings not given keep the family's
     * defaults.
     *
     * @throws JavelinException {@code JVL-CFG-0020} for an unknown name or family with the nearest known one, {@code
     *     0021} for an unknown key, {@code 0022} and {@code 0023} for ill-formed text, {@code 0024} to {@code 0027}
     *     for wrong values
     */
    static ModelSpec parse(String text) {
        int colon = text.indexOf(':');
        if (colon >= 0) {
            return of(text.substring(0, colon).strip(), Settings.split(text, text.substring(colon + 1)));
        }
        String name = text.strip();
        if (families().contains(name)) {
            return of(name, Map.of());
        }
        for (ModelPreset preset : ModelPreset.all()) {
            if (preset.name().equals(name)) {
                return preset.spec();
            }
        }
        List<String> known = new ArrayList<>(families());
        ModelPreset.all().forEach(preset -> known.add(preset.name()));
        throw new JavelinException("JVL-CFG-0020", "there is no model '" + name + "'", Nearest.advice(name, known));
    }

    /**
     * A model of a family with these settings; those not given keep the family's defaults.
     *
     * @throws JavelinException as {@link #parse}
     */
    static ModelSpec of(String family, Map<String, String> settings) {
        return switch (family) {
            case "gpt" -> GptSpec.standard().with(settings);
            case "llama" -> LlamaSpec.standard().with(settings);
            case "mlp" -> MlpSpec.standard().with(settings);
            default ->
                throw new JavelinException(
                        "JVL-CFG-0020",
                        "there is no model family '" + family + "'",
                        Nearest.advice(family, families()));
        };
    }

    /** Names of the families. */
    static List<String> families() {
        return List.of("gpt", "llama", "mlp");
    }
}
