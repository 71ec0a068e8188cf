/** What vendors implement: accelerators and strategies. */
module dev.javelin.spi {
    requires transitive dev.javelin.api;

    exports dev.javelin.spi;
    exports dev.javelin.spi.device;
    exports dev.javelin.spi.strategy;
}
