package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.blas.BlasLibraries;
import dev.javelin.accelerator.cuda.driver.Gpu;
import dev.javelin.accelerator.cuda.driver.Libraries;
import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import java.util.Optional;

/**
 * The accelerator {@code cuda}. Options: {@code model} (the kind of GPU to plan for: {@code h200}, {@code h100},
 * {@code a100}, {@code a10}, {@code l4}, {@code l40s}, {@code rtx4090}; the one that is there by default, else
 * {@code h200}), {@code device} (its number, 0), {@code libraryPath} (folders where NVIDIA's libraries are looked for first),
 * {@code blas} ({@code auto}, {@code foreign} or {@code jcublas}), {@code tf32} (false), {@code memoryBytes} (a limit on what
 * may be allocated), {@code check} (true waits after each launch, so that an error names its operation).
 */
public final class CudaProvider implements AcceleratorProvider {

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    /** Looks for the driver, a GPU and cuBLAS; JCuda is not touched, and no context is made. */
    @Override
    public Probe probe() {
        if (!nativeAccess()) {
            return Probe.unavailable(grant());
        }
        try {
            Libraries libraries = Libraries.of("", System.getenv());
            Gpu gpu = Gpu.find(libraries, 0);
            BlasLibraries.require(libraries);
            return Probe.available(gpu.text());
        } catch (JavelinException e) {
            return Probe.unavailable(String.valueOf(e.getMessage()));
        } catch (RuntimeException | LinkageError e) {
            return Probe.unavailable("looking for a GPU failed: " + e);
        }
    }

    /**
     * The planning half: for the option {@code model}, or for the GPU that is there, or else for the first known model.
     */
    @Override
    public DevicePlanner planner(Options options) {
        CudaOptions read = CudaOptions.of(options);
        return new CudaPlanner(read, read.model().or(() -> present(read)).orElse(GpuModel.KNOWN.getFirst()));
    }

    private static Optional<GpuModel> present(CudaOptions options) {
        return nativeAccess() ? Gpu.look(options.libraries(), options.device()).map(GpuModel::of) : Optional.empty();
    }

    /**
     * Opens the GPU.
     *
     * @throws JavelinException {@code JVL-CUD-0005} if the JVM was started without native access for this module,
     *     {@code JVL-CUD-0011} to {@code 0015} if there is no driver or GPU
     */
    @Override
    public Accelerator open(Options options) {
        return open(options, 0);
    }

    @Override
    public Accelerator open(Options options, int place) {
        CudaOptions read = CudaOptions.of(options, place);
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
