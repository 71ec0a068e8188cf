/**
 * The CPU accelerator: scalar reference kernels, kept as the oracle, and fast ones on OpenBLAS and the Vector API.
 */
@NullMarked
package dev.javelin.accelerator.cpu;

import org.jspecify.annotations.NullMarked;
