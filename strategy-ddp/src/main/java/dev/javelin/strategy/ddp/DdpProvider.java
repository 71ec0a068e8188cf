package dev.javelin.strategy.ddp;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.StrategyProvider;

/** The strategy {@code ddp}. Its options are those of {@link DdpOptions}. */
public final class DdpProvider implements StrategyProvider {

    @Override
    public String name() {
        return "ddp";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("every rank holds the whole model; gradients are summed in buckets");
    }

    @Override
    public Strategy strategy(Options options) {
        return new DdpStrategy(DdpOptions.of(options));
    }
}
