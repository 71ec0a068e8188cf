package dev.javelin.strategy.single;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.StrategyProvider;
import java.util.List;

/** The strategy {@code single}. It takes no options. */
public final class SingleProvider implements StrategyProvider {

    @Override
    public String name() {
        return "single";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("one rank, nothing sharded");
    }

    @Override
    public Strategy strategy(Options options) {
        options.requireKnown(List.of());
        return new SingleStrategy();
    }
}
