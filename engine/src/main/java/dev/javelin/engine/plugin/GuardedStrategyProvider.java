package dev.javelin.engine.plugin;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.StrategyProvider;

/** A strategy's provider behind a guard; so are the strategies that it makes. */
record GuardedStrategyProvider(StrategyProvider provider, PluginGuard guard) implements StrategyProvider {

    @Override
    public String name() {
        return guard.call("name", provider::name);
    }

    @Override
    public int spiMajor() {
        return guard.call("spiMajor", provider::spiMajor);
    }

    @Override
    public Probe probe() {
        return guard.call("probe", provider::probe);
    }

    @Override
    public Strategy strategy(Options options) {
        return new GuardedStrategy(guard.call("strategy", () -> provider.strategy(options)), guard);
    }

    /** A strategy behind a guard. */
    record GuardedStrategy(Strategy strategy, PluginGuard guard) implements Strategy {
        @Override
        public ParallelPlan plan(ModelInventory model, PlanContext context) {
            return guard.call("plan", () -> strategy.plan(model, context));
        }
    }
}
