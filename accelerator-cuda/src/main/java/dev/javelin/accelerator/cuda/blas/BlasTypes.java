package dev.javelin.accelerator.cuda.blas;

import dev.javelin.api.DType;

/** Element and compute types as cuBLAS numbers them: {@code cudaDataType} and {@code cublasComputeType_t}. */
final class BlasTypes {
    private static final int R_32F = 0;
    private static final int R_64F = 1;
    private static final int R_16F = 2;
    private static final int R_16BF = 14;

    private static final int COMPUTE_32F = 68;
    private static final int COMPUTE_64F = 70;
    private static final int COMPUTE_32F_FAST_TF32 = 77;

    private BlasTypes() {}

    static int data(DType dtype) {
        return switch (dtype) {
            case FLOAT64 -> R_64F;
            case FLOAT32 -> R_32F;
            case FLOAT16 -> R_16F;
            case BFLOAT16 -> R_16BF;
            default -> throw new IllegalArgumentException("no product of " + dtype.label());
        };
    }

    /** Of sums, of alpha and of beta. */
    static int scale(DType operands) {
        return operands == DType.FLOAT64 ? R_64F : R_32F;
    }

    static int compute(DType operands, boolean tf32) {
        return switch (operands) {
            case FLOAT64 -> COMPUTE_64F;
            case FLOAT32 -> tf32 ? COMPUTE_32F_FAST_TF32 : COMPUTE_32F;
            default -> COMPUTE_32F;
        };
    }
}
