/** What model code is written in: tensors, operations, layers, parameters, optimizers and the trainer. */
module dev.javelin.api {
    requires static transitive org.jspecify;

    exports dev.javelin.api;
    exports dev.javelin.api.operation;
    exports dev.javelin.api.optimizer;
    exports dev.javelin.api.trainer;
    exports dev.javelin.api.tuning;

    uses dev.javelin.api.trainer.Trainer.Factory;
    uses dev.javelin.api.tuning.Tuner.Factory;
}
