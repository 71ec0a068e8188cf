package dev.javelin.accelerator.cpu.blas;

import dev.javelin.api.JavelinException;

/**
 * Why OpenBLAS can't be used here: JVL-CPU-0101 (no library for this machine), 0102 (its files can't be brought into the
 * cache folder), 0103 (they don't load), 0104 (native access is not granted), 0105 (a function is missing).
 */
public final class OpenBlasUnavailable extends JavelinException {

    private static final long serialVersionUID = 1L;

    OpenBlasUnavailable(String code, String problem, String remedy, Throwable cause) {
        super(code, problem, remedy, cause);
    }

    OpenBlasUnavailable(String code, String problem, String remedy) {
        super(code, problem, remedy);
    }
}
