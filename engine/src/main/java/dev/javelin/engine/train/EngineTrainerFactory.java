package dev.javelin.engine.train;

import dev.javelin.api.trainer.Trainer;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.plugin.PluginRegistry;

/** The service behind {@link Trainer#of}: trainers with the plugins of the module path. */
public final class EngineTrainerFactory implements Trainer.Factory {

    /** For the service loader. */
    public EngineTrainerFactory() {}

    @Override
    public Trainer trainer(TrainerOptions options) {
        return new EngineTrainer(options, PluginRegistry.ofModulePath());
    }
}
