/** Traces, differentiates, lowers, schedules, places, verifies and runs a training step. */
module dev.javelin.engine {
    requires transitive dev.javelin.api;
    requires transitive dev.javelin.spi;
    requires com.fasterxml.jackson.databind;

    exports dev.javelin.engine.plugin;

    uses dev.javelin.spi.device.AcceleratorProvider;
    uses dev.javelin.spi.strategy.StrategyProvider;
}
