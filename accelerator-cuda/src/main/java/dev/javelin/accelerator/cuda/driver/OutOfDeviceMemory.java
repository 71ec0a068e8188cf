package dev.javelin.accelerator.cuda.driver;

/** The driver has not that much memory. */
public final class OutOfDeviceMemory extends Exception {
    private static final long serialVersionUID = 1L;

    OutOfDeviceMemory() {
        super("CUDA_ERROR_OUT_OF_MEMORY");
    }
}
