/** What vendors implement: accelerators, communicators, strategies and what recognises a cluster. */
module dev.javelin.spi {
    requires transitive dev.javelin.api;

    exports dev.javelin.spi;
    exports dev.javelin.spi.cluster;
    exports dev.javelin.spi.collective;
    exports dev.javelin.spi.communicator;
    exports dev.javelin.spi.device;
    exports dev.javelin.spi.kernel;
    exports dev.javelin.spi.strategy;
}
