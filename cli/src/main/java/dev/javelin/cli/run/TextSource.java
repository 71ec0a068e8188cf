package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.data.BundledText;
import dev.javelin.data.ByteText;
import dev.javelin.data.TokenDataset;
import dev.javelin.models.LanguageModelSpec;

/** The text of a run, opened, and its rows for training and validation. */
public record TextSource(ByteText text, TokenDataset.Split rows) implements AutoCloseable {

    /**
     * Opens the configured text.
     *
     * @throws JavelinException {@code JVL-DAT-...} for data that is missing, empty, too short or beyond the model's
     *     vocabulary, {@code JVL-CFG-0057} for a model that text cannot train
     */
    public static TextSource open(RunConfig config) {
        if (!(config.model() instanceof LanguageModelSpec language)) {
            throw new JavelinException(
                    "JVL-CFG-0057",
                    "a model of family '" + config.model().family() + "' cannot be trained on text",
                    "use a language model (gpt, llama) here; train others from Java, as the README shows");
        }
        ByteText text = config.data().path() == null
                ? BundledText.mobyDick()
                : ByteText.open(config.data().path());
        try {
            TokenDataset.Split rows = TokenDataset.split(
                    text, config.data().block(), config.data().validation());
            rows.train().requireVocabulary(language.vocab());
            return new TextSource(text, rows);
        } catch (RuntimeException e) {
            text.close();
            throw e;
        }
    }

    @Override
    public void close() {
        text.close();
    }
}
