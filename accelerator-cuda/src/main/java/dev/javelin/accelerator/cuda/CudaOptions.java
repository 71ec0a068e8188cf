package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.dispatch.AttentionMethod;
import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The options of the GPU, as typed values.
 *
 * @param model the kind of GPU to plan for; empty for the one that is there
 * @param device number of the GPU, as nvidia-smi counts
 * @param memoryBytes most bytes that may be allocated at once; {@link Long#MAX_VALUE} for all there is
 * @param attention how attention is computed
 * @param check true to wait after each launch, so that an error names its operation
 */
record CudaOptions(Optional<GpuModel> model, int device, long memoryBytes, AttentionMethod attention, boolean check) {
    private static final List<String> KEYS = List.of("model", "device", "memoryBytes", "attention", "check");
    private static final int MOST_DEVICES = 1024;

    /**
     * Reads and checks.
     *
     * @throws JavelinException {@code JVL-CFG-0008} for a bad value, {@code JVL-CFG-0009} for an unknown key
     */
    static CudaOptions of(Options options) {
        options.requireKnown(KEYS);
        String model = options.text("model", "");
        return new CudaOptions(
                model.isEmpty() ? Optional.empty() : Optional.of(GpuModel.of(model)),
                (int) options.integer("device", 0, 0, MOST_DEVICES - 1),
                options.integer("memoryBytes", Long.MAX_VALUE, 0, Long.MAX_VALUE),
                attention(options),
                options.flag("check", false));
    }

    private static AttentionMethod attention(Options options) {
        String text = options.text("attention", "reference");
        for (AttentionMethod method : AttentionMethod.values()) {
            if (method.name().toLowerCase(Locale.ROOT).equals(text)) {
                return method;
            }
        }
        throw new JavelinException(
                "JVL-CFG-0008", options.owner() + ".attention is '" + text + "'", "use one of reference, flash");
    }
}
