package dev.javelin.api.trainer;

import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Trains a module on data. The implementation is the engine, found by ServiceLoader.
 *
 * <pre>{@code
 * FitResult result = Trainer.of(TrainerOptions.standard().withMaxSteps(200)).fit(module, train, validation);
 * }</pre>
 */
public interface Trainer {

    /**
     * Trains until {@code maxSteps}, a callback's or {@link #stop}'s request. Resumes first if the options say so.
     *
     * @param validation data for the validation loss; null for none
     * @throws JavelinException coded, with its remedy
     */
    FitResult fit(TrainingModule module, Dataset train, @Nullable Dataset validation);

    /**
     * What this trainer would train: the model's layers, and what the plan needs for them. Compiles, and touches no device.
     *
     * @param validation as for {@link #fit}
     * @throws JavelinException coded, with its remedy
     */
    ModelSummary summary(TrainingModule module, Dataset train, @Nullable Dataset validation);

    /** Asks a running {@link #fit}, from any thread, to write a checkpoint after the current step and to return. */
    void stop();

    /**
     * A trainer with these settings.
     *
     * @throws JavelinException {@code JVL-API-0015} if no engine is on the module path
     */
    static Trainer of(TrainerOptions options) {
        return ServiceLoader.load(Factory.class)
                .findFirst()
                .orElseThrow(() -> new JavelinException(
                        "JVL-API-0015",
                        "no engine on the module path",
                        "add dev.javelin.engine to the module path and start with --add-modules dev.javelin.engine"))
                .trainer(options);
    }

    /** The service that the engine provides. */
    interface Factory {
        Trainer trainer(TrainerOptions options);
    }
}
