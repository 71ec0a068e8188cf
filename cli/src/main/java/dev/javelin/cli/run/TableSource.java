package dev.javelin.cli.run;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.models.MlpSpec;
import java.util.List;

/** Rows of features with a label. */
record TableSource(RunConfig config, MlpSpec model) implements DataSource {

    @Override
    public List<Dataset.Field> fields() {
        TensorType features = TensorType.of(config.trainer().precision().compute(), model.features());
        return List.of(
                new Dataset.Field("features", features, 0), new Dataset.Field("label", TensorType.of(DType.INT32), -1));
    }

    @Override
    public RunData open() {
        throw new JavelinException(
                "JVL-CFG-0057",
                "a model of family '" + model.family() + "' cannot be trained on text",
                "use a language model (gpt, llama) here; train others from Java, as the README shows");
    }
}
