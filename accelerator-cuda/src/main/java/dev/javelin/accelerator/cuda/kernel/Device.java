package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.accelerator.cuda.blas.Blas;
import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.driver.Ptx;
import dev.javelin.accelerator.cuda.driver.PtxEntries;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import org.jspecify.annotations.Nullable;

/**
 * What an opened GPU offers to kernels that are readied: the driver, functions of families that are loaded once, and cuBLAS.
 */
public final class Device implements AutoCloseable {
    private final Driver driver;
    private final Supplier<Blas> openBlas;
    private final Map<String, Family> families = new HashMap<>();
    private @Nullable Blas blas;

    /** @param openBlas called when the first kernel asks for products, so that others pay nothing for it */
    public Device(Driver driver, Supplier<Blas> openBlas) {
        this.driver = driver;
        this.openBlas = openBlas;
    }

    public Driver driver() {
        return driver;
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

    /**
     * Matrix products.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-CUD-0014} if there is no cuBLAS
     */
    public synchronized Blas blas() {
        driver.bind();
        Blas opened = blas;
        if (opened == null) {
            opened = openBlas.get();
            blas = opened;
        }
        return opened;
    }

    /** Gives back what was loaded. */
    @Override
    public synchronized void close() {
        if (blas != null) {
            blas.close();
        }
        families.values().forEach(family -> driver.unload(family.module));
        families.clear();
    }
}
