package dev.javelin.tck.accelerator;

/** What a check does with an opened device. */
@FunctionalInterface
interface Part {

    /** @return what was looked at, with its figures */
    String on(Bench bench) throws Exception;
}
