package dev.javelin.accelerator.cuda.driver;

import jcuda.driver.CUstream;

/** A stream, whose handle other libraries take too. */
public final class Stream extends CUstream {

    /** The {@code CUstream}. */
    public long handle() {
        return getNativePointer();
    }
}
