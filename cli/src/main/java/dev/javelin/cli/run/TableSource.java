package dev.javelin.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.TableConfig;
import dev.javelin.data.table.ClassTarget;
import dev.javelin.data.table.Column;
import dev.javelin.data.table.Table;
import dev.javelin.data.table.TableSchema;
import dev.javelin.data.table.TabularDataset;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.models.MlpSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The configured table: rows of features with a label. Features and classes of the model follow from it. */
public record TableSource(RunConfig config, MlpSpec model) implements DataSource {
    private static final String NOTES = "run";
    private static final String TABLE = "table";

    @Override
    public RunConfig completed() {
        if (model.isComplete()) {
            return config;
        }
        try (RunData data = open()) {
            return data.config();
        }
    }

    @Override
    public List<Dataset.Field> fields() {
        MlpSpec complete = (MlpSpec) completed().model();
        return TabularDataset.fields(
                complete.features(),
                complete.task() == MlpSpec.Task.CLASSIFICATION,
                config.trainer().types().master().wide());
    }

    @Override
    public RunData open() {
        Path path = config.data().path();
        if (path == null) {
            throw new JavelinException(
                    "JVL-CFG-0082",
                    "a model of family '" + model.family() + "' is trained on a table, and none is given",
                    "give a CSV file with --data (data.path) and name the column to predict with --label (data.label)");
        }
        TableConfig table = Objects.requireNonNull(config.data().table());
        TabularDataset.Split rows = Table.open(path, table.options(model.task()))
                .split(config.data().validation(), config.trainer().seed())
                .withDType(config.trainer().types().master().wide());
        TableSchema schema = rows.schema();
        MlpSpec complete = model.completed(schema.features(), schema.outputs());
        return new Rows(config.withModel(complete), rows);
    }

    /** How the columns of the table became features, as a checkpoint tells it. */
    public static TableSchema schema(Checkpoint checkpoint) {
        JsonNode tree = checkpoint.state().path(NOTES).path(TABLE);
        if (!tree.isObject()) {
            throw new JavelinException(
                    "JVL-CKP-0043",
                    checkpoint.folder() + " does not tell how columns of a table become features",
                    "use a checkpoint of a model that was trained on a table: javelin fit --model mlp --data TABLE.csv");
        }
        @SuppressWarnings("unchecked") // keys of JSON objects are texts
        Map<String, Object> map = new ObjectMapper().convertValue(tree, Map.class);
        return TableSchema.of(map);
    }

    /** Rows for training and validation. */
    private record Rows(RunConfig config, TabularDataset.Split rows) implements RunData {
        @Override
        public Dataset train() {
            return rows.train();
        }

        @Override
        public @Nullable Dataset validation() {
            return rows.validation();
        }

        @Override
        public ObjectNode notes() {
            ObjectNode notes = JsonNodeFactory.instance.objectNode();
            notes.set(TABLE, new ObjectMapper().valueToTree(rows.schema().tree()));
            return notes;
        }

        @Override
        public void requireMeaning(Checkpoint weights) {
            TableSchema before = schema(weights);
            if (!meaning(before).equals(meaning(rows.schema()))) {
                throw new JavelinException(
                        "JVL-CKP-0044",
                        "the weights of " + weights.folder() + " are for " + meaning(before) + ", the table has "
                                + meaning(rows.schema()),
                        "begin with weights that were trained on the same columns, categories and classes");
            }
        }

        /** What features and classes stand for, without the numbers that the training part gave. */
        private static String meaning(TableSchema schema) {
            List<String> columns = schema.columns().stream()
                    .map(column ->
                            column.name() + (column instanceof Column.Categories categories ? categories.values() : ""))
                    .toList();
            return "columns " + columns + ", target " + schema.target().name()
                    + (schema.target() instanceof ClassTarget classes ? classes.classes() : "");
        }

        @Override
        public void close() {}
    }
}
