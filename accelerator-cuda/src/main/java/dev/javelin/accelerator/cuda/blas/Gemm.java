package dev.javelin.accelerator.cuda.blas;

import dev.javelin.api.DType;
import dev.javelin.spi.kernel.ProductShape;

/**
 * A batch of matrix products as cuBLAS takes them: column by column, D [m, n] = op(A) [m, k] · op(B) [k, n], and what
 * follows. A row-major product Y [M, N] = op(a) · op(b) is its transpose, D = Yᵀ: so A is b, B is a, m is N and n is M.
 *
 * @param lda elements from one column of A to the next; so {@code ldb} of B and {@code ldd} of C and D
 * @param strideA elements from one A of the batch to the next; so {@code strideB} of B and {@code strideD} of C and D
 * @param operands element type of A, B and the bias
 * @param results element type of C and D
 * @param addend whether a matrix C is added
 * @param epilogue what is done before D is written
 */
public record Gemm(
        boolean transposeA,
        boolean transposeB,
        long m,
        long n,
        long k,
        long lda,
        long ldb,
        long ldd,
        long batches,
        long strideA,
        long strideB,
        long strideD,
        DType operands,
        DType results,
        Addend addend,
        Epilogue epilogue) {

    /** NONE: no matrix is added; IN_PLACE: C lies where D does; APART: it may lie elsewhere. */
    public enum Addend {
        NONE,
        IN_PLACE,
        APART
    }

    /**
     * BIAS: a vector of m elements is added to each column; GELU: the value is stored as the auxiliary matrix, and D is its
     * GELU by tanh; GELU_BIAS: both.
     */
    public enum Epilogue {
        NONE,
        BIAS,
        GELU,
        GELU_BIAS;

        /** Whether a bias is added. */
        public boolean bias() {
            return this == BIAS || this == GELU_BIAS;
        }

        /** Whether the value is stored apart from its GELU. */
        public boolean gelu() {
            return this == GELU || this == GELU_BIAS;
        }
    }

    /** The product of this shape, nothing added and nothing following. A right operand for all is one large product. */
    public static Gemm of(ProductShape shape, DType operands, DType results) {
        boolean flat = shape.sharedB() || shape.batches() == 1;
        long rows = flat ? shape.batches() * shape.m() : shape.m();
        return new Gemm(
                shape.transposeB(),
                shape.transposeA(),
                shape.n(),
                rows,
                shape.k(),
                Math.max(1, shape.transposeB() ? shape.k() : shape.n()),
                Math.max(1, shape.transposeA() ? rows : shape.k()),
                Math.max(1, shape.n()),
                flat ? 1 : shape.batches(),
                flat ? 0 : shape.k() * shape.n(),
                flat ? 0 : shape.m() * shape.k(),
                flat ? 0 : shape.m() * shape.n(),
                operands,
                results,
                Addend.NONE,
                Epilogue.NONE);
    }

    public Gemm with(Addend other) {
        return with(other, epilogue);
    }

    public Gemm with(Addend otherAddend, Epilogue otherEpilogue) {
        return new Gemm(
                transposeA,
                transposeB,
                m,
                n,
                k,
                lda,
                ldb,
                ldd,
                batches,
                strideA,
                strideB,
                strideD,
                operands,
                results,
                otherAddend,
                otherEpilogue);
    }

    /** The product alone, added to what lies in D or not. */
    public Gemm plain(boolean add) {
        return with(add ? Addend.IN_PLACE : Addend.NONE, Epilogue.NONE);
    }

    /** Rows of A as it lies in memory. */
    long rowsA() {
        return transposeA ? k : m;
    }

    long columnsA() {
        return transposeA ? m : k;
    }

    long rowsB() {
        return transposeB ? n : k;
    }

    long columnsB() {
        return transposeB ? k : n;
    }
}
