/** What communicators on host memory share: sums over ranks by the tree, and shares of a buffer. */
module dev.javelin.communicator.host {
    requires transitive dev.javelin.spi;
    requires jdk.incubator.vector;

    exports dev.javelin.communicator.host;
}
