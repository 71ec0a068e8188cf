package dev.javelin.spi.kernel;

import dev.javelin.api.Shape;
import dev.javelin.api.operation.FusedMatMul;

/**
 * The extents of a batch of matrix products op(a) [M, K] · op(b) [K, N] → [M, N] and where its elements lie.
 *
 * @param batches number of products
 * @param sharedB true if all products have the same right operand
 */
public record ProductShape(
        long batches, long m, long n, long k, boolean transposeA, boolean transposeB, boolean sharedB) {

    /** The extents of a product of an instruction's first two inputs. */
    public static ProductShape of(Instruction<?> instruction, boolean transposeA, boolean transposeB) {
        Shape a = instruction.shape(0);
        Shape b = instruction.shape(1);
        return new ProductShape(
                a.elements(0, a.rank() - 2),
                a.dim(transposeA ? -1 : -2),
                b.dim(transposeB ? -2 : -1),
                a.dim(transposeA ? -2 : -1),
                transposeA,
                transposeB,
                b.rank() == 2);
    }

    /** A multiplication and an addition for each of batches · M · N · K. */
    public double flops() {
        return 2.0 * batches * m * n * k;
    }

    /** Of what follows the product. */
    public double epilogueFlops(FusedMatMul operation) {
        double perElement = (operation.bias() ? 1 : 0)
                + (operation.gelu() ? 15 : 0)
                + (operation.residual() || operation.accumulate() ? 1 : 0);
        return perElement * batches * m * n;
    }

    public long batchStrideA() {
        return m * k;
    }

    public long batchStrideB() {
        return sharedB ? 0 : k * n;
    }

    /** Elements from op(a)[i, k] to op(a)[i + 1, k]. */
    public long rowStrideA() {
        return transposeA ? 1 : k;
    }

    /** Elements from op(a)[i, k] to op(a)[i, k + 1]. */
    public long innerStrideA() {
        return transposeA ? m : 1;
    }

    /** Elements from op(b)[k, j] to op(b)[k, j + 1]. */
    public long columnStrideB() {
        return transposeB ? k : 1;
    }

    /** Elements from op(b)[k, j] to op(b)[k + 1, j]. */
    public long innerStrideB() {
        return transposeB ? 1 : n;
    }
}
