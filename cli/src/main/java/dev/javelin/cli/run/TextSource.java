package dev.javelin.cli.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.cli.config.DataConfig;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.data.TokenDataset;
import dev.javelin.data.corpus.PreparationListener;
import dev.javelin.data.tokenize.Tokenizers;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.Companion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The configured text or corpus, as rows of tokens.
 *
 * @param vocabulary number of token ids that the model knows
 * @param listener hears of text that has to be tokenised first
 */
public record TextSource(RunConfig config, long vocabulary, PreparationListener listener) implements DataSource {

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
        DataConfig data = config.data();
        OpenedText training = OpenedText.training(data, vocabulary, listener);
        OpenedText validation = null;
        try {
            Optional<OpenedText> own = OpenedText.validation(data, vocabulary, listener);
            validation = own.orElse(null);
            if (own.isPresent() && !own.get().tokenizer().equals(training.tokenizer())) {
                throw Tokenizers.changed(training.tokenizer(), own.get().tokenizer(), String.valueOf(data.path()));
            }
            TokenDataset.Split rows = validation == null
                    ? TokenDataset.split(training.tokens(), data.block(), data.validation())
                    : new TokenDataset.Split(
                            new TokenDataset(training.tokens(), data.block()),
                            new TokenDataset(validation.tokens(), data.block()));
            rows.train().requireVocabulary(vocabulary);
            return new Rows(config, training, validation, rows);
        } catch (RuntimeException e) {
            if (validation != null) {
                validation.close();
            }
            training.close();
            throw e;
        }
    }

    /** The text and its rows for training and validation. */
    private record Rows(
            RunConfig config, OpenedText text, @Nullable OpenedText validationText, TokenDataset.Split rows)
            implements RunData {
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
            return StoredTokenizer.notes(text.tokenizer());
        }

        @Override
        public void requireMeaning(Checkpoint weights) {
            StoredTokenizer.requireSame(weights, this);
        }

        @Override
        public List<Companion> companions() {
            return text.tokenizerFile().stream().map(Rows::companion).toList();
        }

        private static Companion companion(Path file) {
            try {
                return new Companion(Tokenizers.FILE, Files.readAllBytes(file));
            } catch (IOException e) {
                throw new JavelinException(
                        "JVL-DAT-0050",
                        "cannot read the tokenizer " + file + ": " + e,
                        "put the tokenizer.json back, or prepare the corpus again",
                        e);
            }
        }

        @Override
        public void close() {
            if (validationText != null) {
                validationText.close();
            }
            text.close();
        }
    }
}
