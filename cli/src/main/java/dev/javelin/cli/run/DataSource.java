package dev.javelin.cli.run;

import dev.javelin.api.Dataset;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.data.corpus.PreparationListener;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.models.MlpSpec;
import java.util.List;

/**
 * Where a model's rows come from, by its family: text for language models, tables for MLPs. This is the one place where families and
 * data meet; commands ask {@link #of} and know neither. A new family names its source there, a new kind of data is one
 * more implementation.
 *
 * <p>The walk: {@code DataSource.of(config)} looks at nothing; {@link #fields} is what {@code explain} and {@code bench}
 * need to compile; {@link #open} reads what {@code fit} trains on. An opened source gives back the configuration,
 * completed by what only the data know, and that one is trained with and stored.
 */
public interface DataSource {

    /** The source for the configured model. */
    static DataSource of(RunConfig config) {
        return of(config, PreparationListener.none());
    }

    /**
     * The source for the configured model.
     *
     * @param listener hears of text that has to be tokenised before it can be read
     */
    static DataSource of(RunConfig config, PreparationListener listener) {
        return switch (config.model()) {
            case LanguageModelSpec language -> new TextSource(config, language.vocab(), listener);
            case MlpSpec mlp -> new TableSource(config, mlp);
            default -> throw new IllegalStateException("no data is known for a model " + config.model());
        };
    }

    /** The configuration, completed by what only the data know; looks at the data only if something is missing. */
    RunConfig completed();

    /** What a row looks like, by the completed configuration. */
    List<Dataset.Field> fields();

    /**
     * Opens the data for training; the caller closes it.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-DAT-...} for data that is missing, damaged or does not fit the model
     */
    RunData open();
}
