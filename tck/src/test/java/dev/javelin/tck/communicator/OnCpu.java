package dev.javelin.tck.communicator;

import dev.javelin.spi.Options;
import dev.javelin.spi.device.AcceleratorProvider;
import java.util.Map;
import java.util.ServiceLoader;

/** The CPU, with a queue that runs beside its caller. */
final class OnCpu {
    private OnCpu() {}

    static Device device() {
        AcceleratorProvider cpu = ServiceLoader.load(AcceleratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("cpu"))
                .findFirst()
                .orElseThrow();
        return Device.of(cpu, new Options("accelerator.cpu", Map.of("threads", "2")));
    }
}
