package dev.javelin.engine.plugin;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;

/** An accelerator's provider behind a guard; so are the planners and devices that it makes. */
record GuardedAcceleratorProvider(AcceleratorProvider provider, PluginGuard guard) implements AcceleratorProvider {

    @Override
    public String name() {
        return guard.call("name", provider::name);
    }

    @Override
    public int spiMajor() {
        return guard.call("spiMajor", provider::spiMajor);
    }

    @Override
    public Probe probe() {
        return guard.call("probe", provider::probe);
    }

    @Override
    public DevicePlanner planner(Options options) {
        return new GuardedPlanner(guard.call("planner", () -> provider.planner(options)), guard);
    }

    @Override
    public Accelerator open(Options options) {
        return new GuardedAccelerator(guard.call("open", () -> provider.open(options)), guard);
    }

    @Override
    public Accelerator open(Options options, int place) {
        return new GuardedAccelerator(guard.call("open", () -> provider.open(options, place)), guard);
    }
}
