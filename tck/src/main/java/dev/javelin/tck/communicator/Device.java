package dev.javelin.tck.communicator;

import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import java.util.function.IntFunction;

/**
 * The accelerator in whose memory the ranks' buffers lie; each rank opens one of its own.
 *
 * @param name for the report
 * @param opener opens that of a rank
 */
public record Device(String name, IntFunction<Accelerator> opener) {

    public static Device of(AcceleratorProvider provider, Options options) {
        return new Device(provider.name() + " " + options.values(), rank -> provider.open(options, rank));
    }
}
