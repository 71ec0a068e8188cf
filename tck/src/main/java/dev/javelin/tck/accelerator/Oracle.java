package dev.javelin.tck.accelerator;

import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import java.util.function.Supplier;

/**
 * What computes, in FLOAT64, the numbers that should come out: an accelerator whose kernels are plain and known to be right,
 * as those of {@code cpu} with {@code kernels=reference}. The rules compare it with values computed by hand before they
 * believe it.
 *
 * @param name for the report
 */
public record Oracle(String name, Supplier<Accelerator> opener) {

    public static Oracle of(AcceleratorProvider provider, Options options) {
        return new Oracle(provider.name() + " " + options.values(), () -> provider.open(options));
    }
}
