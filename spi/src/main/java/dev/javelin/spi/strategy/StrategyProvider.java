package dev.javelin.spi.strategy;

import dev.javelin.spi.Options;
import dev.javelin.spi.PluginProvider;

/** A kind of strategy. */
public interface StrategyProvider extends PluginProvider {

    /**
     * The strategy with these options.
     *
     * @throws dev.javelin.api.JavelinException for unknown or ill-formed options
     */
    Strategy strategy(Options options);
}
