package dev.javelin.spi.strategy;

/** Decides how a model is spread. Pure: equal arguments give equal plans, on every rank. */
@FunctionalInterface
public interface Strategy {

    /**
     * The plan for a model.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-STR-...} if the strategy cannot serve this model or mesh
     */
    ParallelPlan plan(ModelInventory model, PlanContext context);
}
