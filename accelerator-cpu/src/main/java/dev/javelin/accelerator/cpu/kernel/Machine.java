package dev.javelin.accelerator.cpu.kernel;

import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What an opened CPU offers to its kernels: threads, and a library for matrix products. */
public final class Machine implements AutoCloseable {
    private final Workers workers;
    private final Supplier<SerialBlas> openBlas;
    private @Nullable SerialBlas blas;

    /** @param openBlas called when the first kernel asks for products, so that others pay nothing for it */
    public Machine(int threads, Supplier<SerialBlas> openBlas) {
        this.workers = new Workers(threads);
        this.openBlas = openBlas;
    }

    /** The threads that kernels share. */
    public Workers workers() {
        return workers;
    }

    /**
     * Matrix products.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-CPU-0101} to {@code 0105} if the library can't be loaded
     */
    public SerialBlas blas() {
        SerialBlas opened = blas;
        if (opened == null) {
            opened = openBlas.get();
            blas = opened;
        }
        return opened;
    }

    @Override
    public void close() {
        workers.close();
    }
}
