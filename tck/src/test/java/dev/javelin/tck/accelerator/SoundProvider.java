package dev.javelin.tck.accelerator;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import java.util.List;
import java.util.Map;

/** An accelerator with memory and queues of its own, on the reference kernels of the CPU. */
class SoundProvider implements AcceleratorProvider {
    private static final String LIMIT = "536870912";

    @Override
    public String name() {
        return "sound";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("a device that the tests made up");
    }

    @Override
    public DevicePlanner planner(Options options) {
        options.requireKnown(List.of());
        return planner();
    }

    @Override
    public Accelerator open(Options options) {
        options.requireKnown(List.of());
        return device();
    }

    SoundPlanner planner() {
        return new SoundPlanner(OnCpu.provider("cpu").planner(options()));
    }

    SoundAccelerator device() {
        return new SoundAccelerator(planner());
    }

    static Options options() {
        return OnCpu.options(Map.of("kernels", "reference", "threads", "1", "blas", "java", "memoryBytes", LIMIT));
    }
}
