package dev.javelin.accelerator.cuda.driver;

import jcuda.driver.CUdeviceptr;

/** An address of device memory, as JCuda takes it. */
final class DevicePointer extends CUdeviceptr {
    private static final CUdeviceptr ZERO = new CUdeviceptr();

    DevicePointer() {}

    DevicePointer(long address) {
        super(ZERO, address);
    }

    long address() {
        return getNativePointer();
    }
}
