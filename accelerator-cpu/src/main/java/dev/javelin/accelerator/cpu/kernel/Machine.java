package dev.javelin.accelerator.cpu.kernel;

/**
 * What an opened CPU offers to its kernels.
 *
 * @param threads that a kernel may use
 */
public record Machine(int threads) {}
