package dev.javelin.cli.run;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.Dataset;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.Companion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The data of a run, opened. Whoever opened it closes it, after the last step. */
public interface RunData extends AutoCloseable {

    /** The configuration, completed by what only the data know, such as the width of a table. */
    RunConfig config();

    /** What is trained on. */
    Dataset train();

    /** What is held back; null for nothing. */
    @Nullable
    Dataset validation();

    /** What has to travel in every checkpoint, beside the configuration, so that the model is of use without the data. */
    default ObjectNode notes() {
        return JsonNodeFactory.instance.objectNode();
    }

    /**
     * Looks whether weights that a run begins with mean the same by these data.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-CKP-0044} if not
     */
    default void requireMeaning(Checkpoint weights) {}

    /** Files that have to lie in every checkpoint for the same reason. */
    default List<Companion> companions() {
        return List.of();
    }

    @Override
    void close();
}
