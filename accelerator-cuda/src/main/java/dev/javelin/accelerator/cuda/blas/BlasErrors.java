package dev.javelin.accelerator.cuda.blas;

import dev.javelin.api.JavelinException;

/** What the status of a cuBLAS call means to a user. */
final class BlasErrors {
    static final int NOT_INITIALIZED = 1;
    static final int ALLOC_FAILED = 3;
    static final int INVALID_VALUE = 7;
    static final int ARCH_MISMATCH = 8;
    static final int NOT_SUPPORTED = 15;

    private BlasErrors() {}

    static void check(String call, int status) {
        if (status != 0) {
            throw of(call, status);
        }
    }

    static JavelinException of(String call, int status) {
        String happened = call + ": " + name(status) + " (" + status + ")";
        return switch (status) {
            case NOT_INITIALIZED, ALLOC_FAILED ->
                new JavelinException(
                        "JVL-CUD-0031",
                        happened + ": cuBLAS has no room for itself on the GPU",
                        "end other processes on the GPU, or set accelerator.cuda.memoryBytes or a smaller batch to leave "
                                + "room for libraries");
            case ARCH_MISMATCH ->
                new JavelinException(
                        "JVL-CUD-0032", happened, "use a cuBLAS that knows this GPU: a newer one of CUDA 12 or 13");
            default ->
                new JavelinException(
                        "JVL-CUD-0030",
                        happened,
                        "run again with --set accelerator.cuda.check=true to see which operation it is; report this with "
                                + "the message");
        };
    }

    private static String name(int status) {
        return switch (status) {
            case NOT_INITIALIZED -> "CUBLAS_STATUS_NOT_INITIALIZED";
            case ALLOC_FAILED -> "CUBLAS_STATUS_ALLOC_FAILED";
            case INVALID_VALUE -> "CUBLAS_STATUS_INVALID_VALUE";
            case ARCH_MISMATCH -> "CUBLAS_STATUS_ARCH_MISMATCH";
            case 11 -> "CUBLAS_STATUS_MAPPING_ERROR";
            case 13 -> "CUBLAS_STATUS_EXECUTION_FAILED";
            case 14 -> "CUBLAS_STATUS_INTERNAL_ERROR";
            case NOT_SUPPORTED -> "CUBLAS_STATUS_NOT_SUPPORTED";
            case 16 -> "CUBLAS_STATUS_LICENSE_ERROR";
            default -> "status";
        };
    }
}
