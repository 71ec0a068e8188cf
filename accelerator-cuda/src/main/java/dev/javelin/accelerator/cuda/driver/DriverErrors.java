package dev.javelin.accelerator.cuda.driver;

import dev.javelin.api.JavelinException;
import jcuda.driver.CUresult;

/** What the driver's codes mean to a user. */
public final class DriverErrors {
    private static final String OTHERS = "run again; if it comes back, run nvidia-smi to see the GPU's state, and look "
            + "into the system's log for NVRM messages";

    private DriverErrors() {}

    /** The error for a call that returned this code. */
    static JavelinException of(String call, int code) {
        String happened = call + ": " + CUresult.stringFor(code) + " (" + code + ")";
        return switch (code) {
            case CUresult.CUDA_ERROR_NO_DEVICE ->
                new JavelinException("JVL-CUD-0013", happened, "run on a machine with a GPU that nvidia-smi shows");
            case CUresult.CUDA_ERROR_INVALID_DEVICE ->
                new JavelinException(
                        "JVL-CUD-0015", happened, "choose accelerator.cuda.device among what nvidia-smi shows");
            case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
                new JavelinException(
                        "JVL-CUD-0021", happened, "end other processes on the GPU, or use a smaller batch or model");
            case CUresult.CUDA_ERROR_INVALID_PTX,
                    CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
                    CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU ->
                new JavelinException(
                        "JVL-CUD-0022",
                        happened,
                        "use a GPU of compute capability 8.0 or later and a driver of CUDA 12 or later");
            case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
                    CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
                    CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
                    CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
                    CUresult.CUDA_ERROR_INVALID_PC,
                    CUresult.CUDA_ERROR_ASSERT,
                    CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
                    CUresult.CUDA_ERROR_LAUNCH_FAILED ->
                new JavelinException(
                        "JVL-CUD-0002",
                        happened + ": a kernel that was launched before failed, and the GPU's context is lost",
                        "run again with --set accelerator.cuda.check=true, which waits after each launch and names the "
                                + "operation; report this with its message");
            default -> new JavelinException("JVL-CUD-0020", happened, OTHERS);
        };
    }
}
