package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.driver.Ptx;
import dev.javelin.accelerator.cuda.driver.PtxEntries;
import java.util.HashMap;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;

/** What an opened GPU offers to kernels that are readied: the driver, and functions of families that are loaded once. */
public final class Device implements AutoCloseable {
    private final Driver driver;
    private final GpuModel model;
    private final Map<String, Family> families = new HashMap<>();

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

    /** A family that the driver has loaded, and what its text declares. */
    private record Family(CUmodule module, PtxEntries entries) {}

    /**
     * The function of a launch; its family is loaded, and compiled by the driver, when the first kernel of it is readied.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-CUD-0007} if the entry takes other parameters
     */
    synchronized CUfunction function(Launch launch) {
        driver.bind();
        Family family = families.computeIfAbsent(launch.family(), this::load);
        family.entries.require(
                launch.entry(),
                launch.parameters().stream().map(Parameter::bytes).toList());
        return driver.function(family.module, launch.entry(), launch.sharedBytes());
    }

    private Family load(String name) {
        String ptx = Ptx.of(name);
        return new Family(driver.load(ptx), PtxEntries.of(name, ptx));
    }

    /** Unloads what was loaded. */
    @Override
    public synchronized void close() {
        families.values().forEach(family -> driver.unload(family.module));
        families.clear();
    }
}
