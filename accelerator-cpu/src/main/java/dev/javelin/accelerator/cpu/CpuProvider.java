package dev.javelin.accelerator.cpu;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;

/**
 * The accelerator {@code cpu}. Options: {@code threads} (1 to 1024, the available processors by default),
 * {@code kernels} ({@code fast} or {@code reference}), {@code blas} ({@code openblas}, the default where it is bundled, or
 * {@code java}), {@code cacheFolder} (where OpenBLAS is unpacked; {@code ~/.cache/javelin}), {@code decompose} (true declines all but the primitives),
 * {@code memoryBytes} (a limit on what may be allocated).
 */
public final class CpuProvider implements AcceleratorProvider {

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        if (!nativeAccess()) {
            return Probe.unavailable(grant());
        }
        return Probe.available(Runtime.getRuntime().availableProcessors() + " processors, "
                + System.getProperty("os.arch") + " " + System.getProperty("os.name"));
    }

    @Override
    public DevicePlanner planner(Options options) {
        return new CpuPlanner(CpuOptions.of(options));
    }

    /**
     * Opens the CPU.
     *
     * @throws JavelinException {@code JVL-CPU-0005} if the JVM was started without native access for this module
     */
    @Override
    public Accelerator open(Options options) {
        CpuPlanner planner = new CpuPlanner(CpuOptions.of(options));
        if (!nativeAccess()) {
            throw new JavelinException("JVL-CPU-0005", "the CPU needs native access to its own memory", grant());
        }
        return new CpuAccelerator(planner);
    }

    private static boolean nativeAccess() {
        return CpuProvider.class.getModule().isNativeAccessEnabled();
    }

    private static String grant() {
        Module module = CpuProvider.class.getModule();
        return "start Java with --enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }
}
