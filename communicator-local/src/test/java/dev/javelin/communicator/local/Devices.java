package dev.javelin.communicator.local;

import dev.javelin.accelerator.cpu.CpuProvider;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import java.util.Map;

/** The CPU as an accelerator. */
final class Devices {
    private Devices() {}

    /** @param threads from 2 up, communication runs beside its caller */
    static Accelerator open(int threads) {
        return new CpuProvider()
                .open(new Options("accelerator.cpu", Map.of("threads", Integer.toString(threads), "blas", "java")));
    }
}
