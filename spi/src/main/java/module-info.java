/** What a vendor writes: strategies, accelerators, offloaders, communicators. */
module dev.javelin.spi {
    requires transitive dev.javelin.api;
}
