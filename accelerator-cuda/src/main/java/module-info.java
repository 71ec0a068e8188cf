import dev.javelin.accelerator.cuda.CudaProvider;
import dev.javelin.spi.device.AcceleratorProvider;

/** NVIDIA GPUs: kernels in CUDA C, products by cuBLAS, the driver by JCuda, which lies in this module. */
module dev.javelin.accelerator.cuda {
    requires transitive dev.javelin.spi;
    requires java.logging; // JCuda's

    provides AcceleratorProvider with
            CudaProvider;
}
