import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.StrategyProvider;

/** Numbered rules that plugins are certified by, and the golden training cases that they must repeat. */
module dev.javelin.tck {
    requires transitive dev.javelin.engine;
    requires dev.javelin.models;
    requires com.fasterxml.jackson.databind;
    requires static org.junit.jupiter.api;

    exports dev.javelin.tck;
    exports dev.javelin.tck.accelerator;
    exports dev.javelin.tck.communicator;
    exports dev.javelin.tck.golden;
    exports dev.javelin.tck.junit;
    exports dev.javelin.tck.strategy;

    uses AcceleratorProvider;
    uses CommunicatorProvider;
    uses StrategyProvider;
}
