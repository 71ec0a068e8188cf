package dev.javelin.engine.tune;

import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.tuning.Tuner;
import dev.javelin.engine.plugin.PluginRegistry;

/** The service behind {@link Tuner#of}: tuners with the plugins of the module path. */
public final class EngineTunerFactory implements Tuner.Factory {

    /** For the service loader. */
    public EngineTunerFactory() {}

    @Override
    public Tuner tuner(TrainerOptions options) {
        return new EngineTuner(options, PluginRegistry.ofModulePath());
    }
}
