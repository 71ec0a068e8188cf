/** The strategy of one rank: nothing is sharded. */
module dev.javelin.strategy.single {
    requires transitive dev.javelin.spi;
}
