package dev.javelin.models;

import java.util.Map;

/**
 * The spec of a {@link LanguageModel}: what the commands need to know of a model that is trained on tokens, whatever its
 * family. They ask for this interface, so that a new family of language models is a spec and no change to them.
 *
 * @see GptSpec
 * @see LlamaSpec
 */
public interface LanguageModelSpec extends ModelSpec {

    /** V, the number of token ids. */
    long vocab();

    /** The largest number of positions of a sequence. */
    long block();

    @Override
    LanguageModelSpec with(Map<String, String> changes);

    /** Declares the model alone. Nothing is allocated. */
    LanguageModel model();

    @Override
    default LanguageModule module() {
        return new LanguageModule(model());
    }
}
