/**
 * Matrix products on one thread: by OpenBLAS or, where it can't be had, by Java kernels.
 *
 * <p>Read {@link dev.javelin.accelerator.cpu.blas.SerialBlas} first: the contract of both. {@link
 * dev.javelin.accelerator.cpu.blas.OpenBlasSerial#open} extracts the bundled library ({@link
 * dev.javelin.accelerator.cpu.blas.OpenBlasFiles}), loads it ({@link dev.javelin.accelerator.cpu.blas.OpenBlas}) or says
 * why not ({@link dev.javelin.accelerator.cpu.blas.OpenBlasUnavailable}); {@link
 * dev.javelin.accelerator.cpu.blas.JavaBlas} needs nothing.
 *
 * <p>Thread rule: any thread may call at any time; each call runs on its caller. Work is shared among threads one level
 * above, by {@link dev.javelin.accelerator.cpu.fast.Gemm}.
 */
@NullMarked
package dev.javelin.accelerator.cpu.blas;

import org.jspecify.annotations.NullMarked;
