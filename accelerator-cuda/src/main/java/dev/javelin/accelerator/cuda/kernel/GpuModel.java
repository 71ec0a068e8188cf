package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.api.JavelinException;
import java.util.List;
import java.util.Locale;

/**
 * A kind of GPU as its data sheet tells it: all that plans and estimates need to know, so that they are made without one.
 *
 * @param name as users write it, for example {@code h200}
 * @param major of the compute capability
 * @param minor of the compute capability
 * @param memoryBytes of device memory that programs can have: what the driver keeps is not in it
 * @param sharedBytesPerBlock most dynamic shared memory of a block, when asked for
 * @param fp32 floating-point operations per second of FLOAT32
 * @param tf32 of matrix products of FLOAT32 rounded to TF32
 * @param half of matrix products of BFLOAT16 and FLOAT16, without sparsity
 * @param fp64 of matrix products of FLOAT64
 * @param bytesPerSecond of device memory
 */
public record GpuModel(
        String name,
        int major,
        int minor,
        long memoryBytes,
        int sharedBytesPerBlock,
        double fp32,
        double tf32,
        double half,
        double fp64,
        double bytesPerSecond) {
    private static final long GB = 1_000_000_000L;
    private static final int KIB = 1024;

    /**
     * From NVIDIA's data sheets (H200, H100 SXM, A100 SXM 80 GB, A10, L4, L40S, RTX 4090); shared memory from the CUDA C
     * programming guide, table of technical specifications per compute capability.
     */
    public static final List<GpuModel> KNOWN = List.of(
            new GpuModel("h200", 9, 0, 141 * GB, 227 * KIB, 67e12, 494e12, 989e12, 67e12, 4.8e12),
            new GpuModel("h100", 9, 0, 80 * GB, 227 * KIB, 67e12, 494e12, 989e12, 67e12, 3.35e12),
            new GpuModel("a100", 8, 0, 80 * GB, 163 * KIB, 19.5e12, 156e12, 312e12, 19.5e12, 2.039e12),
            new GpuModel("a10", 8, 6, 24 * GB, 99 * KIB, 31.2e12, 62.5e12, 125e12, 0.976e12, 0.6e12),
            new GpuModel("l4", 8, 9, 24 * GB, 99 * KIB, 30.3e12, 60e12, 121e12, 0.473e12, 0.3e12),
            new GpuModel("l40s", 8, 9, 48 * GB, 99 * KIB, 91.6e12, 183e12, 362e12, 1.43e12, 0.864e12),
            new GpuModel("rtx4090", 8, 9, 24 * GB, 99 * KIB, 82.6e12, 82.6e12, 165e12, 1.29e12, 1.008e12));

    /**
     * The model of this name.
     *
     * @throws JavelinException {@code JVL-CFG-0008} for an unknown one
     */
    public static GpuModel of(String name) {
        return KNOWN.stream()
                .filter(model -> model.name.equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new JavelinException(
                        "JVL-CFG-0008",
                        "accelerator.cuda.model is '" + name + "'",
                        "use one of " + KNOWN.stream().map(GpuModel::name).toList()));
    }

    public GpuModel withMemoryBytes(long bytes) {
        return new GpuModel(name, major, minor, bytes, sharedBytesPerBlock, fp32, tf32, half, fp64, bytesPerSecond);
    }
}
