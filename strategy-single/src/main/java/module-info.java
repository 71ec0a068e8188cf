import dev.javelin.spi.strategy.StrategyProvider;
import dev.javelin.strategy.single.SingleProvider;

/** The strategy of one rank: nothing is sharded. */
module dev.javelin.strategy.single {
    requires transitive dev.javelin.spi;

    provides StrategyProvider with
            SingleProvider;
}
