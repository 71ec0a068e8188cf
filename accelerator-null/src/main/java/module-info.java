/** An accelerator that only plans: the dry run of a step on no device. */
module dev.javelin.accelerator.none {
    requires transitive dev.javelin.spi;
}
