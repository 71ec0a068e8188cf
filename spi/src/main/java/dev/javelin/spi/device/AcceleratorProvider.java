package dev.javelin.spi.device;

import dev.javelin.spi.Options;
import dev.javelin.spi.PluginProvider;

/** A kind of device: how to plan for it and how to open it. */
public interface AcceleratorProvider extends PluginProvider {

    /**
     * The planning half, which needs no driver and no device.
     *
     * @throws dev.javelin.api.JavelinException for unknown or ill-formed options
     */
    DevicePlanner planner(Options options);

    /**
     * Opens the device.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-ENG-0001} from a device that can only be planned for, or a
     *     coded error that says what is missing
     */
    Accelerator open(Options options);

    /**
     * Opens the device of one of several ranks. By default all ranks of a host open the same.
     *
     * @param place of the rank among those of its host, from 0
     */
    default Accelerator open(Options options, int place) {
        return open(options);
    }
}
