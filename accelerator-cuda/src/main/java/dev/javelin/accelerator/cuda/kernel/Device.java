package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.driver.Ptx;
import java.util.HashMap;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;

/** What an opened GPU offers to kernels that are readied: the driver, and functions of families that are loaded once. */
public final class Device implements AutoCloseable {
    private final Driver driver;
    private final GpuModel model;
    private final Map<String, CUmodule> families = new HashMap<>();

    public Device(Driver driver, GpuModel model) {
        this.driver = driver;
        this.model = model;
    }

    public Driver driver() {
        return driver;
    }

    /** What kind of GPU it is. */
    public GpuModel model() {
        return model;
    }

    /**
     * An entry of a family; the family is loaded, and compiled by the driver, when the first kernel of it is readied.
     *
     * @param sharedBytes dynamic shared memory that launches will ask for
     */
    public synchronized CUfunction function(String family, String entry, int sharedBytes) {
        driver.bind();
        CUmodule module = families.computeIfAbsent(family, name -> driver.load(Ptx.of(name)));
        return driver.function(module, entry, sharedBytes);
    }

    /** Unloads what was loaded. */
    @Override
    public synchronized void close() {
        families.values().forEach(driver::unload);
        families.clear();
    }
}
