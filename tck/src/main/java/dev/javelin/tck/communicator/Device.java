package dev.javelin.tck.communicator;

import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import java.util.function.Supplier;

/**
 * The accelerator in whose memory the ranks' buffers lie; each rank opens one of its own.
 *
 * @param name for the report
 */
public record Device(String name, Supplier<Accelerator> opener) {

    public static Device of(AcceleratorProvider provider, Options options) {
        return new Device(provider.name() + " " + options.values(), () -> provider.open(options));
    }
}
