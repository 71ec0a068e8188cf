package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.accelerator.cuda.driver.Gpu;
import dev.javelin.api.JavelinException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A kind of GPU as its data sheet tells it: all that plans and estimates need to know, so that they are made without one.
 *
 * @param name as users write it, for example {@code h200}
 * @param major of the compute capability
 * @param minor of the compute capability
 * @param memoryBytes of device memory that programs can have: what the driver keeps is not in it
 * @param sharedBytesPerBlock most shared memory of a block, static and dynamic, when asked for
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
    private static final long MIB = 1L << 20;
    private static final int KIB = 1024;
    /** What the driver's context, our kernels and cuBLAS take beside programs. */
    private static final long RESERVED = 768 * MIB;

    /**
     * From NVIDIA's data sheets (H200 and H100 SXM, A100 SXM 80 GB, A10, L4, L40S, RTX 4090; dense products, half with sums
     * of FLOAT32); memory as nvidia-smi tells it, less what is reserved; shared memory from the CUDA C++ programming guide,
     * technical specifications per compute capability.
     */
    public static final List<GpuModel> KNOWN = List.of(
            new GpuModel("h200", 9, 0, 143_771 * MIB - RESERVED, 227 * KIB, 67e12, 494e12, 989e12, 67e12, 4.8e12),
            new GpuModel("h100", 9, 0, 81_559 * MIB - RESERVED, 227 * KIB, 67e12, 494e12, 989e12, 67e12, 3.35e12),
            new GpuModel("a100", 8, 0, 81_920 * MIB - RESERVED, 163 * KIB, 19.5e12, 156e12, 312e12, 19.5e12, 2.039e12),
            new GpuModel("a10", 8, 6, 23_028 * MIB - RESERVED, 99 * KIB, 31.2e12, 62.5e12, 125e12, 0.976e12, 0.6e12),
            new GpuModel("l4", 8, 9, 23_034 * MIB - RESERVED, 99 * KIB, 30.3e12, 60e12, 121e12, 0.473e12, 0.3e12),
            new GpuModel("l40s", 8, 9, 46_068 * MIB - RESERVED, 99 * KIB, 91.6e12, 183e12, 362e12, 1.43e12, 0.864e12),
            new GpuModel(
                    "rtx4090", 8, 9, 24_564 * MIB - RESERVED, 99 * KIB, 82.6e12, 82.6e12, 165e12, 1.29e12, 1.008e12));

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

    /**
     * The model of a GPU that is there: what it can hold and run is what it says itself; its rates are those of the known
     * model that its name has as a whole word or two, or else follow from its multiprocessors and its clock.
     */
    public static GpuModel of(Gpu gpu) {
        Set<String> words = words(gpu.name());
        return KNOWN.stream()
                .filter(model -> words.contains(model.name) && model.major == gpu.major() && model.minor == gpu.minor())
                .findFirst()
                .map(model -> model.within(gpu))
                .orElseGet(() -> estimated(gpu));
    }

    /** The words of a name, and each two neighbours in one: {@code RTX 4090} is {@code rtx4090} here. */
    private static Set<String> words(String name) {
        String[] words = name.toLowerCase(Locale.ROOT).split("[^a-z0-9]+");
        Set<String> all = new HashSet<>(List.of(words));
        for (int i = 1; i < words.length; i++) {
            all.add(words[i - 1] + words[i]);
        }
        return all;
    }

    /** The rates of this model, and the rest as the GPU tells it. */
    private GpuModel within(Gpu gpu) {
        return new GpuModel(
                name,
                gpu.major(),
                gpu.minor(),
                gpu.memoryBytes() - RESERVED,
                gpu.sharedBytesPerBlock(),
                fp32,
                tf32,
                half,
                fp64,
                bytesPerSecond);
    }

    /** Rates of one multiprocessor by generation, times those that the GPU has. */
    private static GpuModel estimated(Gpu gpu) {
        double cycles = 1e3 * gpu.clockKilohertz() * gpu.multiprocessors();
        double fp32 = cycles * 256; // 128 multiply-adds a cycle
        boolean server = gpu.minor() == 0;
        return new GpuModel(
                gpu.name().toLowerCase(Locale.ROOT).replace(" ", ""),
                gpu.major(),
                gpu.minor(),
                gpu.memoryBytes() - RESERVED,
                gpu.sharedBytesPerBlock(),
                fp32,
                fp32 * 4,
                cycles * (gpu.major() >= 9 ? 4096 : server ? 2048 : 1024),
                server ? fp32 / 2 : fp32 / 64,
                server ? 1.5e12 : 0.5e12);
    }

    /** Most workspace that a product gets: what NVIDIA's documentation of cuBLAS recommends for its generation. */
    public long productWorkspaceBytes() {
        return major >= 9 ? 32 * MIB : 4 * MIB;
    }
}
