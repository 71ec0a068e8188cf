/**
 * Matrix products: the seam {@link dev.javelin.accelerator.cuda.blas.Blas} takes a
 * {@link dev.javelin.accelerator.cuda.blas.Gemm} and gives a product with its algorithm.
 * {@link dev.javelin.accelerator.cuda.blas.LtBlas} is cuBLASLt of CUDA 12 or 13 by java.lang.foreign, with epilogues;
 * {@code CublasBlas} plain cuBLAS by the same way; {@link dev.javelin.accelerator.cuda.blas.JCublasBlas} cuBLAS 12 by
 * JCublas. {@code CublasLt} and {@code Cublas} bind one library each, by its own names, every status checked.
 *
 * <p>Numbers: algorithms are chosen when a product is prepared and stay; the planned workspace is all that they get;
 * partial sums are added in the compute type in a fixed order. So a product has the same bits in each run on one kind of
 * GPU with one version of the library.
 *
 * <p>Errors: {@code JVL-CUD-0014} no library, {@code 0030} a call failed, {@code 0031} no room for cuBLAS, {@code 0032} it
 * does not know this GPU, {@code 0033} JCublas does not load.
 */
@NullMarked
package dev.javelin.accelerator.cuda.blas;

import org.jspecify.annotations.NullMarked;
