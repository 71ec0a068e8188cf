package dev.javelin.accelerator.cuda.driver;

import jcuda.Pointer;

/** An address of host memory, as JCuda takes it. */
public final class HostPointer extends Pointer {
    public HostPointer() {}

    public HostPointer(long address) {
        super(address);
    }

    public long address() {
        return getNativePointer();
    }
}
