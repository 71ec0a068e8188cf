import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.StrategyProvider;

/** The golden training cases that accelerators and strategies must repeat. */
module dev.javelin.tck {
    requires transitive dev.javelin.engine;
    requires dev.javelin.models;
    requires com.fasterxml.jackson.databind;
    requires static org.junit.jupiter.api;

    exports dev.javelin.tck.golden;

    uses AcceleratorProvider;
    uses StrategyProvider;
}
