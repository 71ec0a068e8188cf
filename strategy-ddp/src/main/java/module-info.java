import dev.javelin.spi.strategy.StrategyProvider;
import dev.javelin.strategy.ddp.DdpProvider;
import dev.javelin.strategy.ddp.LightningNames;

/** Data parallelism: every rank holds the whole model, and gradients are summed in buckets. */
module dev.javelin.strategy.ddp {
    requires transitive dev.javelin.spi;

    provides StrategyProvider with
            DdpProvider,
            LightningNames.DdpUnusedFalse,
            LightningNames.DdpUnusedTrue,
            LightningNames.Spawn,
            LightningNames.SpawnUnusedFalse,
            LightningNames.SpawnUnusedTrue,
            LightningNames.Fork,
            LightningNames.ForkUnusedFalse,
            LightningNames.ForkUnusedTrue,
            LightningNames.Notebook,
            LightningNames.NotebookUnusedFalse,
            LightningNames.NotebookUnusedTrue;
}
