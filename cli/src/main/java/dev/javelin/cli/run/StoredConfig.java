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
import java.util.List;

/** The configuration that travels in a checkpoint, so that the checkpoint alone is enough to go on from. */
public final class StoredConfig {
    private static final String NOTES = "run";
    private static final String CONFIG = "config";

    private StoredConfig() {}

    /** The notes that the trainer keeps with every checkpoint: the completed configuration and what the data add. */
    public static ObjectNode notes(RunData data) {
        ObjectNode notes = JsonNodeFactory.instance.objectNode();
        notes.setAll(data.notes());
        return notes.put(CONFIG, data.config().withoutOut().yaml());
    }

    /** The settings in a checkpoint; none if it was written by a program of its own. */
    public static List<Setting> settings(Checkpoint checkpoint) {
        JsonNode text = checkpoint.state().path(NOTES).path(CONFIG);
        return text.isTextual()
                ? ConfigFile.parse(checkpoint.folder() + " (its configuration)", text.asText())
                : List.of();
    }

    /**
     * The configuration in a checkpoint.
     *
     * @throws JavelinException {@code JVL-CKP-0040} if it has none
     */
    public static RunConfig read(Checkpoint checkpoint) {
        List<Setting> settings = settings(checkpoint);
        if (settings.isEmpty()) {
            throw new JavelinException(
                    "JVL-CKP-0040",
                    checkpoint.folder() + " carries no configuration, so its model is unknown",
                    "use a checkpoint that 'javelin fit' has written");
        }
        return RunConfig.of(settings);
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
            if (!now.getValue().equals(notes.path(now.getKey()))) {
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
