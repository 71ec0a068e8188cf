package dev.javelin.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.ConfigFile;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.models.MlpSpec;
import dev.javelin.models.ModelSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The configuration that travels in a checkpoint, so that the checkpoint alone is enough to go on from. */
public final class StoredConfig {
    /** The key of the notes in a checkpoint's state. */
    public static final String NOTES = "run";

    private static final String CONFIG = "config";
    private static final String TOKENS = "data.tokens";

    private StoredConfig() {}

    /** The notes that the trainer keeps with every checkpoint: the completed configuration and what the data add. */
    public static ObjectNode notes(RunData data) {
        ObjectNode notes = notes(data.config());
        notes.setAll(data.notes());
        return notes;
    }

    /** Notes with a configuration alone. */
    public static ObjectNode notes(RunConfig config) {
        return JsonNodeFactory.instance
                .objectNode()
                .put(CONFIG, config.withoutOut().yaml());
    }

    /** The same notes with some settings changed. */
    public static ObjectNode with(ObjectNode notes, List<Setting> changes) {
        List<Setting> settings = new ArrayList<>(settings("the configuration", notes));
        settings.addAll(changes);
        ObjectNode copy = notes.deepCopy();
        return copy.put(CONFIG, RunConfig.of(settings).withoutOut().yaml());
    }

    /** The configuration in notes, as YAML; empty if they have none. */
    public static Optional<String> text(JsonNode notes) {
        return notes.path(CONFIG).isTextual() ? Optional.of(notes.path(CONFIG).asText()) : Optional.empty();
    }

    /**
     * The settings in notes.
     *
     * @param source where they come from, for messages
     */
    public static List<Setting> settings(String source, JsonNode notes) {
        return text(notes).map(yaml -> ConfigFile.parse(source, yaml)).orElse(List.of());
    }

    /** The notes in a checkpoint; nothing is in them if it was written by a program of its own. */
    static JsonNode notes(Checkpoint checkpoint) {
        return checkpoint.state().path(NOTES);
    }

    /**
     * The settings in a checkpoint, with its own tokenizer.json if the one that they name is gone; none if it was written by
     * a program of its own.
     */
    public static List<Setting> settings(Checkpoint checkpoint) {
        List<Setting> settings =
                new ArrayList<>(settings(checkpoint.folder() + " (its configuration)", notes(checkpoint)));
        boolean gone = settings.stream()
                .filter(setting -> setting.key().equals(TOKENS))
                .map(setting -> Path.of(setting.text()))
                .anyMatch(path -> path.isAbsolute() && !Files.exists(path));
        StoredTokenizer.file(checkpoint)
                .filter(file -> gone)
                .ifPresent(file ->
                        settings.add(new Setting(TOKENS, file.toString(), checkpoint.folder() + " (its tokenizer)")));
        return settings;
    }

    /** The configuration in a checkpoint as it is. */
    public static RunConfig read(Checkpoint checkpoint) {
        return read(checkpoint, List.of());
    }

    /**
     * The configuration in a checkpoint, with settings laid over it.
     *
     * @throws JavelinException {@code JVL-CKP-0040} if it has none
     */
    public static RunConfig read(Checkpoint checkpoint, List<Setting> over) {
        List<Setting> settings = settings(checkpoint);
        if (settings.isEmpty()) {
            throw new JavelinException(
                    "JVL-CKP-0040",
                    checkpoint.folder() + " carries no configuration, so its model is unknown",
                    "use a checkpoint that 'javelin fit' has written");
        }
        settings.addAll(over);
        return RunConfig.of(settings);
    }

    /**
     * The settings of the model and of its tokens, for a run that begins with the weights of a run or checkpoint. A
     * tokenizer.json is the one that lies in the checkpoint.
     */
    public static List<Setting> model(Path from) {
        try (Checkpoint checkpoint = Checkpoint.open(from)) {
            List<Setting> settings = new ArrayList<>(settings(checkpoint));
            settings.removeIf(setting ->
                    !setting.key().startsWith("model") && !setting.key().equals(TOKENS));
            StoredTokenizer.setting(checkpoint)
                    .ifPresent(tokens ->
                            settings.add(new Setting(TOKENS, tokens, checkpoint.folder() + " (its tokenizer)")));
            return settings;
        }
    }

    /**
     * The configuration of a run that goes on, with what the checkpoint's model knows of its data.
     *
     * @throws JavelinException {@code JVL-CKP-0041} if it asks for another model
     */
    public static RunConfig sameModel(Checkpoint checkpoint, RunConfig config) {
        List<Setting> settings = settings(checkpoint);
        if (settings.isEmpty()) {
            return config;
        }
        ModelSpec stored = RunConfig.of(settings).model();
        ModelSpec asked = config.model() instanceof MlpSpec mlp && stored instanceof MlpSpec before
                ? mlp.orElse(before)
                : config.model();
        if (!stored.equals(asked)) {
            throw new JavelinException(
                    "JVL-CKP-0041",
                    checkpoint.folder() + " holds a model " + stored.text() + ", asked for is " + asked.text(),
                    "leave the model out when you resume, or start a new run with --out");
        }
        return config.withModel(asked);
    }

    /**
     * Refuses to go on with data that would be read in another way.
     *
     * @throws JavelinException {@code JVL-CKP-0044}
     */
    public static void requireSameNotes(Checkpoint checkpoint, RunData data) {
        JsonNode notes = checkpoint.state().path(NOTES);
        for (var now : data.notes().properties()) {
            boolean tokenizer = now.getKey().equals(StoredTokenizer.KEY); // it has a check of its own
            if (!tokenizer && !now.getValue().equals(notes.path(now.getKey()))) {
                throw new JavelinException(
                        "JVL-CKP-0044",
                        checkpoint.folder() + " was trained on other data than "
                                + data.config().data().path() + " holds now, or they were read in another way ("
                                + now.getKey() + " differs)",
                        "resume with the data and the data settings as they were, or start a new run with --out");
            }
        }
    }
}
