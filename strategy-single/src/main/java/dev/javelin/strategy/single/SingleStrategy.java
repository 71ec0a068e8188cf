package dev.javelin.strategy.single;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Strategy;

/** Everything on the one device, nothing sharded. */
final class SingleStrategy implements Strategy {

    /**
     * The plan for one rank.
     *
     * @throws JavelinException {@code JVL-STR-0010} for a mesh of more than one rank
     */
    @Override
    public ParallelPlan plan(ModelInventory model, PlanContext context) {
        int ranks = context.mesh().size();
        if (ranks != 1) {
            throw new JavelinException(
                    "JVL-STR-0010",
                    "strategy single: the mesh " + context.mesh() + " has " + ranks + " ranks, expected 1",
                    "choose a strategy for several ranks, for example ddp, or run with one rank");
        }
        return ParallelPlan.of(LayerUnits.of(model));
    }
}
