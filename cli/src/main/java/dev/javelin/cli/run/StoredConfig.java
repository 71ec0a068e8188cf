package dev.javelin.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.ConfigFile;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.engine.checkpoint.Checkpoint;
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
     * Refuses to go on with another model.
     *
     * @throws JavelinException {@code JVL-CKP-0041}
     */
    public static void requireSameModel(Checkpoint checkpoint, RunConfig config) {
        List<Setting> settings = settings(checkpoint);
        if (settings.isEmpty()) {
            return;
        }
        RunConfig stored = RunConfig.of(settings);
        if (!stored.model().equals(config.model())) {
            throw new JavelinException(
                    "JVL-CKP-0041",
                    checkpoint.folder() + " holds a model " + stored.model().text() + ", asked for is "
                            + config.model().text(),
                    "leave the model out when you resume, or start a new run with --out");
        }
    }
}
