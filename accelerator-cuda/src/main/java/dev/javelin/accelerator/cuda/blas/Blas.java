package dev.javelin.accelerator.cuda.blas;

import dev.javelin.accelerator.cuda.driver.Stream;
import java.util.Optional;

/**
 * A library of matrix products on an opened GPU. Sums are in FLOAT32 for operands of 16 bits, and in the operands' type
 * otherwise, unless TF32 was asked for.
 */
public interface Blas extends AutoCloseable {

    /**
     * Chooses an algorithm for a product; later launches use that one. Equal products get equal algorithms.
     *
     * @param workspaceBytes that each launch will get
     * @return empty if the library has none for its addend, its epilogue or their types; it has one for each product alone
     */
    Optional<ReadyProduct> prepare(Gemm gemm, long workspaceBytes);

    /** Name and version, for reports. */
    String text();

    @Override
    void close();

    /** A product with its algorithm. */
    @FunctionalInterface
    interface ReadyProduct {

        /**
         * Enqueues it.
         *
         * @param c what is added; ignored without an addend
         * @param bias of the epilogue; ignored without one
         * @param aux where the epilogue stores the value before its GELU; ignored without one
         */
        void enqueue(Stream stream, long a, long b, long c, long d, long bias, long aux, long workspace);
    }
}
