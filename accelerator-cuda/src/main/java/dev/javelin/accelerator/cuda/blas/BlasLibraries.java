package dev.javelin.accelerator.cuda.blas;

import dev.javelin.accelerator.cuda.driver.Libraries;
import dev.javelin.accelerator.cuda.driver.Libraries.Loaded;
import dev.javelin.api.JavelinException;
import java.util.Optional;

/** Where cuBLAS is: newest first. The C interfaces of 12 and 13 agree in all that is used here. */
public final class BlasLibraries {
    private static final String[] LT = {"libcublasLt.so.13", "libcublasLt.so.12"};
    private static final String[] PLAIN = {"libcublas.so.13", "libcublas.so.12"};
    private static final String PLAIN_12 = "libcublas.so.12";
    private static final String REMEDY =
            "install cuBLAS of CUDA 12 or 13 (pip install nvidia-cublas, or the CUDA toolkit), "
                    + "or set accelerator.cuda.libraryPath to its folder";

    private BlasLibraries() {}

    /** cuBLASLt, if it is found. */
    public static Optional<Loaded> lt(Libraries libraries) {
        return libraries.load(LT);
    }

    /** cuBLASLt. */
    static Loaded requireLt(Libraries libraries) {
        return libraries.require("cuBLASLt", REMEDY, LT);
    }

    /** cuBLAS, which needs cuBLASLt beside it. */
    static Loaded requirePlain(Libraries libraries) {
        Optional<Loaded> beside = lt(libraries);
        return libraries.require(
                "cuBLAS" + (beside.isPresent() ? "" : " (and no cuBLASLt, which it needs)"), REMEDY, PLAIN);
    }

    /** cuBLAS of CUDA 12, which JCublas is made for. */
    static Loaded require12(Libraries libraries) {
        libraries.load("libcublasLt.so.12");
        return libraries.require("cuBLAS 12", REMEDY, PLAIN_12);
    }

    /**
     * Any of them.
     *
     * @throws JavelinException {@code JVL-CUD-0014} that says where was looked
     */
    public static void require(Libraries libraries) {
        if (lt(libraries).isEmpty()) {
            requireLt(libraries);
        }
    }
}
