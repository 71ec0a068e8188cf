package dev.javelin.cli.run;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.TensorType;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.data.BundledText;
import dev.javelin.data.ByteText;
import dev.javelin.data.TokenDataset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configured text, as rows of tokens.
 *
 * @param vocabulary number of token ids that the model knows
 */
public record TextSource(RunConfig config, long vocabulary) implements DataSource {

    @Override
    public RunConfig completed() {
        return config;
    }

    @Override
    public List<Dataset.Field> fields() {
        TensorType row = TensorType.of(DType.INT32, config.data().block());
        return List.of(new Dataset.Field("tokens", row, 0), new Dataset.Field("targets", row, -1));
    }

    @Override
    public RunData open() {
        ByteText text = config.data().path() == null
                ? BundledText.mobyDick()
                : ByteText.open(config.data().path());
        try {
            TokenDataset.Split rows = TokenDataset.split(
                    text, config.data().block(), config.data().validation());
            rows.train().requireVocabulary(vocabulary);
            return new Rows(config, text, rows);
        } catch (RuntimeException e) {
            text.close();
            throw e;
        }
    }

    /** The text and its rows for training and validation. */
    private record Rows(RunConfig config, ByteText text, TokenDataset.Split rows) implements RunData {
        @Override
        public Dataset train() {
            return rows.train();
        }

        @Override
        public @Nullable Dataset validation() {
            return rows.validation();
        }

        @Override
        public void close() {
            text.close();
        }
    }
}
