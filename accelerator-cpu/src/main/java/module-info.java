import dev.javelin.accelerator.cpu.CpuProvider;
import dev.javelin.spi.device.AcceleratorProvider;

/** The CPU accelerator: scalar reference kernels and fast ones (OpenBLAS, Vector API). */
module dev.javelin.accelerator.cpu {
    requires transitive dev.javelin.spi;
    requires jdk.incubator.vector;

    provides AcceleratorProvider with
            CpuProvider;
}
