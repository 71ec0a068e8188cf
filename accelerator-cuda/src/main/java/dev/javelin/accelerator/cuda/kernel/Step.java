package dev.javelin.accelerator.cuda.kernel;

/** A piece of a kernel's work as pure data: a {@link Launch}, a {@link Clear}, a matrix product. */
public interface Step {

    /** Readies it on an opened GPU: loads its function, chooses its algorithm, prepares its parameters. */
    Work ready(Device device);
}
