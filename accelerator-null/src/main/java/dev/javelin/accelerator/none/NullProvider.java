package dev.javelin.accelerator.none;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;

/**
 * The accelerator {@code null}. Options: {@code memoryBytes} (unlimited by default), {@code flopsPerSecond} (10¹⁴) and
 * {@code bytesPerSecond} (10¹²) of the device to imagine.
 */
public final class NullProvider implements AcceleratorProvider {

    @Override
    public String name() {
        return "null";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("plans for an imagined device; runs nothing");
    }

    @Override
    public DevicePlanner planner(Options options) {
        return new NullPlanner(NullOptions.of(options));
    }

    /**
     * Always fails: there is no device.
     *
     * @throws JavelinException {@code JVL-ENG-0001}
     */
    @Override
    public Accelerator open(Options options) {
        throw new JavelinException(
                "JVL-ENG-0001",
                "the accelerator 'null' only plans; it cannot be opened to run a step",
                "choose an accelerator with a device, for example cpu, or only ask for the plan");
    }
}
