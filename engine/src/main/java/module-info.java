/** Traces, differentiates, lowers, schedules, places, verifies and runs a training step. */
module dev.javelin.engine {
    requires transitive dev.javelin.api;
    requires transitive dev.javelin.spi;
    requires transitive com.fasterxml.jackson.databind;

    exports dev.javelin.engine;
    exports dev.javelin.engine.checkpoint;
    exports dev.javelin.engine.differentiate;
    exports dev.javelin.engine.generate;
    exports dev.javelin.engine.log;
    exports dev.javelin.engine.lower;
    exports dev.javelin.engine.place;
    exports dev.javelin.engine.plugin;
    exports dev.javelin.engine.profile;
    exports dev.javelin.engine.program;
    exports dev.javelin.engine.run;
    exports dev.javelin.engine.schedule;
    exports dev.javelin.engine.trace;
    exports dev.javelin.engine.train;
    exports dev.javelin.engine.tune;
    exports dev.javelin.engine.verify;
    exports dev.javelin.engine.world;

    uses dev.javelin.spi.cluster.ClusterProvider;
    uses dev.javelin.spi.communicator.CommunicatorProvider;
    uses dev.javelin.spi.device.AcceleratorProvider;
    uses dev.javelin.spi.strategy.StrategyProvider;

    provides dev.javelin.api.trainer.Trainer.Factory with
            dev.javelin.engine.train.EngineTrainerFactory;
    provides dev.javelin.api.tuning.Tuner.Factory with
            dev.javelin.engine.tune.EngineTunerFactory;
}
