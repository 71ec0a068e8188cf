package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.dispatch.AttentionMethod;
import dev.javelin.accelerator.cuda.driver.Libraries;
import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The options of the GPU, as typed values.
 *
 * @param model the kind of GPU to plan for; empty for the one that is there
 * @param device number of the GPU, as the driver counts; the option may name several, for the ranks of a host in turns
 * @param memoryBytes most bytes that may be allocated at once; {@link Long#MAX_VALUE} for all there is
 * @param libraryPath folders where libraries are looked for first, separated as in a PATH
 * @param blas how cuBLAS is reached
 * @param tf32 true to round operands of FLOAT32 products to TF32, which is about seven times as fast
 * @param attention how attention is computed
 * @param check true to wait after each launch, so that an error names its operation
 */
record CudaOptions(
        Optional<GpuModel> model,
        int device,
        long memoryBytes,
        String libraryPath,
        BlasBinding blas,
        boolean tf32,
        AttentionMethod attention,
        boolean check) {
    private static final List<String> KEYS =
            List.of("model", "device", "memoryBytes", "libraryPath", "blas", "tf32", "attention", "check");
    private static final int MOST_DEVICES = 1024;

    /**
     * AUTO: the first of the others whose library is there; FOREIGN: cuBLASLt of CUDA 12 or 13 by java.lang.foreign;
     * JCUBLAS: cuBLAS of CUDA 12 by JCublas.
     */
    enum BlasBinding {
        AUTO,
        FOREIGN,
        JCUBLAS
    }

    /**
     * Reads and checks.
     *
     * @throws JavelinException {@code JVL-CFG-0008} for a bad value, {@code JVL-CFG-0009} for an unknown key
     */
    static CudaOptions of(Options options) {
        return of(options, 0);
    }

    /** @param place of a rank among those of its host: the option {@code device} may name a GPU for each, in turns */
    static CudaOptions of(Options options, int place) {
        options.requireKnown(KEYS);
        List<Integer> devices = devices(options);
        String model = options.text("model", "");
        return new CudaOptions(
                model.isEmpty() ? Optional.empty() : Optional.of(GpuModel.of(model)),
                devices.get(place % devices.size()),
                options.integer("memoryBytes", Long.MAX_VALUE, 0, Long.MAX_VALUE),
                options.text("libraryPath", ""),
                options.choice("blas", BlasBinding.AUTO),
                options.flag("tf32", false),
                options.choice("attention", AttentionMethod.FLASH),
                options.flag("check", false));
    }

    private static List<Integer> devices(Options options) {
        List<Integer> devices = new ArrayList<>();
        for (String device : options.text("device", "0").split(",", -1)) {
            Options one = new Options(options.owner(), Map.of("device", device));
            devices.add((int) one.integer("device", 0, 0, MOST_DEVICES - 1));
        }
        return devices;
    }

    /** Where libraries are looked for. */
    Libraries libraries() {
        return Libraries.of(libraryPath, System.getenv());
    }
}
