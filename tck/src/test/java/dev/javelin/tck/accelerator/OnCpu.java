package dev.javelin.tck.accelerator;

import dev.javelin.spi.Options;
import dev.javelin.spi.device.AcceleratorProvider;
import java.util.Map;
import java.util.ServiceLoader;

/** The CPU, found as plugins are. */
final class OnCpu {
    private OnCpu() {}

    static AcceleratorProvider provider(String name) {
        return ServiceLoader.load(AcceleratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static Options options(Map<String, String> values) {
        return new Options("accelerator.cpu", values);
    }

    /** Plain loops in FLOAT64. */
    static Oracle oracle() {
        return Oracle.of(provider("cpu"), options(Map.of("kernels", "reference", "threads", "1", "blas", "java")));
    }
}
