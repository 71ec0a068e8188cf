package dev.javelin.tck.communicator;

/** What one rank does in a check: a function of its workbench, so that ranks may be threads or processes. */
@FunctionalInterface
interface Part {

    /** @return how many calls it looked at */
    long run(Workbench bench) throws Exception;
}
