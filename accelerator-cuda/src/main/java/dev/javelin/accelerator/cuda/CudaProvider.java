package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;

/** The accelerator {@code cuda}. Options: see {@link CudaOptions}. */
public final class CudaProvider implements AcceleratorProvider {

    @Override
    public String name() {
        return "cuda";
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
        return Probe.unavailable("no NVIDIA driver was looked for");
    }

    @Override
    public DevicePlanner planner(Options options) {
        CudaOptions read = CudaOptions.of(options);
        return new CudaPlanner(read, read.model().orElse(GpuModel.KNOWN.getFirst()));
    }

    /**
     * Opens the GPU.
     *
     * @throws JavelinException {@code JVL-CUD-0005} if the JVM was started without native access for this module,
     *     {@code JVL-CUD-0011} to {@code 0015} if there is no driver or GPU
     */
    @Override
    public Accelerator open(Options options) {
        CudaOptions read = CudaOptions.of(options);
        if (!nativeAccess()) {
            throw new JavelinException("JVL-CUD-0005", "the GPU's libraries need native access", grant());
        }
        return CudaAccelerator.open(read);
    }

    private static boolean nativeAccess() {
        return CudaProvider.class.getModule().isNativeAccessEnabled();
    }

    private static String grant() {
        Module module = CudaProvider.class.getModule();
        return "start Java with --enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }
}
