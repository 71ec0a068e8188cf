package dev.javelin.api.tuning;

import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.TrainerOptions;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Finds settings of a training. The implementation is the engine, found by ServiceLoader.
 *
 * <pre>{@code
 * Tuner tuner = Tuner.of(options);
 * double rate = tuner.learningRate(module, train, RateSearch.standard()).suggestion().orElseThrow();
 * BatchFindings batch = tuner.batch(module, train.fields(), null, BatchSearch.within(8L << 30));
 * }</pre>
 */
public interface Tuner {

    /**
     * Trains for a few steps while the learning rate grows, and suggests one: see {@link RateSearch}. The training is that of
     * the options (model, batch, optimizer, clipping, strategy, ranks, a checkpoint to begin from) without validation,
     * files, averages and the options' own schedule; it happens in memory of its own, so that nothing that exists changes.
     * The options' callbacks hear of each step.
     *
     * @throws JavelinException {@code JVL-TUN-0001} if the first step's loss is not finite, and what a trainer throws
     */
    RateFindings learningRate(TrainingModule module, Dataset train, RateSearch search);

    /**
     * Finds the largest batch whose plan fits: see {@link BatchSearch}. Compiles for each candidate and runs nothing, so that
     * devices that are not there can be asked for.
     *
     * @param train fields of the training data
     * @param validation fields of the validation data; null for none
     * @throws JavelinException {@code JVL-TUN-0002} if nothing limits the memory, {@code 0003} if the smallest batch does
     *     not fit, and what compilation throws
     */
    BatchFindings batch(
            TrainingModule module,
            List<Dataset.Field> train,
            @Nullable List<Dataset.Field> validation,
            BatchSearch search);

    /**
     * A tuner for trainings with these settings.
     *
     * @throws JavelinException {@code JVL-API-0015} if no engine is on the module path
     */
    static Tuner of(TrainerOptions options) {
        return ServiceLoader.load(Factory.class)
                .findFirst()
                .orElseThrow(() -> new JavelinException(
                        "JVL-API-0015",
                        "no engine on the module path",
                        "add dev.javelin.engine to the module path and start with --add-modules dev.javelin.engine"))
                .tuner(options);
    }

    /** The service that the engine provides. */
    interface Factory {
        Tuner tuner(TrainerOptions options);
    }
}
