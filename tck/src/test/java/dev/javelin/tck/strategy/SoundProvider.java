package dev.javelin.tck.strategy;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.StrategyProvider;
import dev.javelin.spi.strategy.Unit;
import java.util.List;
import java.util.stream.IntStream;

/** Replicas with a unit for each parameter; doubles override what they get wrong. */
class SoundProvider implements StrategyProvider {
    @Override
    public String name() {
        return "sound";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("works everywhere");
    }

    @Override
    public Strategy strategy(Options options) {
        options.requireKnown(List.of());
        return this::plan;
    }

    ParallelPlan plan(ModelInventory model, PlanContext context) {
        return ParallelPlan.of(units(model));
    }

    static List<Unit> units(ModelInventory model) {
        return IntStream.range(0, model.parameters().size())
                .mapToObj(i ->
                        new Unit("unit-" + i, List.of(model.parameters().get(i).path())))
                .toList();
    }
}
