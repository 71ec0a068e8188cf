package dev.javelin.strategy.ddp;

import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Strategy;

/** All state whole on every rank; gradients are summed in buckets after the last micro-batch. */
record DdpStrategy(DdpOptions options) implements Strategy {

    @Override
    public ParallelPlan plan(ModelInventory model, PlanContext context) {
        return ParallelPlan.of(Buckets.of(model, options))
                .withUnused(options.findUnusedParameters() ? ParallelPlan.Unused.ALLOW : ParallelPlan.Unused.REFUSE);
    }
}
