package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.models.GptSpec;
import dev.javelin.models.ModelPreset;
import dev.javelin.models.ModelSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Reads the model: {@code model: SPEC}, {@code model.KEY} settings, or both, of which the latter win. */
final class ModelConfig {
    private static final String BLOCK = "block";
    private static final String VOCABULARY = "vocab";

    private ModelConfig() {}

    /** The preset that is named, if one is: it knows the batch it is usually trained on. */
    static Optional<ModelPreset> preset(Settings settings) {
        return settings.find("model")
                .flatMap(setting -> ModelPreset.all().stream()
                        .filter(preset -> preset.name().equals(setting.text()))
                        .findFirst());
    }

    /**
     * The model. Its block and its vocabulary are those of the data unless the settings say otherwise.
     *
     * @throws JavelinException {@code JVL-CFG-0020} to {@code 0025} from the specs, with the line
     */
    static ModelSpec read(Settings settings) {
        ModelSpec base = base(settings);
        settings.mention("model", base.settings().keySet());
        SequencedMap<String, Setting> below = settings.below("model");
        below.remove("family");
        Map<String, String> changes = new LinkedHashMap<>();
        below.forEach((key, setting) -> changes.put(key, setting.text()));
        settings.find("data.block")
                .filter(block -> base.settings().containsKey(BLOCK) && !says(settings, BLOCK))
                .ifPresent(block -> changes.put(BLOCK, block.text()));
        if (base.settings().containsKey(VOCABULARY) && !says(settings, VOCABULARY)) {
            TextConfig.vocabulary(settings)
                    .ifPresentOrElse(
                            vocabulary -> changes.put(VOCABULARY, Integer.toString(vocabulary)),
                            ModelConfig::requireVocabulary);
        }
        try {
            return base.with(changes);
        } catch (JavelinException e) {
            throw e.at(place(below, e));
        }
    }

    /** Whether a preset's name, a spec's text or a key of its own settles a setting of the model. */
    private static boolean says(Settings settings, String key) {
        String spec = settings.text("model", "");
        return settings.has("model." + key) || preset(settings).isPresent() || spec.contains(key + "=");
    }

    private static void requireVocabulary() {
        throw new JavelinException(
                "JVL-CFG-0086",
                "data.tokens is ids, so nothing says how many there are",
                "set model.vocab to one more than the largest id");
    }

    private static ModelSpec base(Settings settings) {
        Optional<Setting> spec = settings.find("model");
        Optional<Setting> family = settings.find("model.family");
        Setting named = spec.or(() -> family)
                .orElse(new Setting("model", GptSpec.standard().text(), "default"));
        ModelSpec base;
        try {
            base = spec.isEmpty() && family.isPresent()
                    ? ModelSpec.of(named.text(), Map.of())
                    : ModelSpec.parse(named.text());
        } catch (JavelinException e) {
            throw e.at(named.place());
        }
        if (family.isPresent() && !family.get().text().equals(base.family())) {
            throw otherFamily(family.get(), base);
        }
        return base;
    }

    private static JavelinException otherFamily(Setting family, ModelSpec base) {
        return new JavelinException(
                "JVL-CFG-0047",
                family.place() + ": model.family is '" + family.text() + "', but the model named is of family "
                        + base.family(),
                "give one of the two");
    }

    /** The place of the setting that the error speaks of, or of the first one. */
    private static String place(SequencedMap<String, Setting> settings, JavelinException error) {
        return settings.values().stream()
                .filter(setting -> error.problem().contains(setting.key() + " ")
                        || error.problem().contains(setting.key() + ":"))
                .findFirst()
                .or(() -> settings.values().stream().findFirst())
                .map(Setting::place)
                .orElse("model");
    }

    static SequencedMap<String, Object> tree(ModelSpec model) {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("family", model.family());
        model.settings().forEach((key, value) -> tree.put(key, plain(value)));
        return tree;
    }

    /** Numbers and truth values as such, so that they are written without quotes. */
    private static Object plain(String value) {
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> value.matches("-?\\d+") ? Long.parseLong(value) : number(value);
        };
    }

    private static Object number(String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            return value;
        }
    }
}
