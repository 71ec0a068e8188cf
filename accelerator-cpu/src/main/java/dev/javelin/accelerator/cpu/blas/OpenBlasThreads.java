package dev.javelin.accelerator.cpu.blas;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures OpenBLAS with its own threads, as a program of its own: its idle workers spin and would take cores from a
 * process that computes beside them.
 *
 * <p>Arguments: the cache folder (empty for the default), the number of threads, {@code float32} or {@code float64}, then one
 * {@code m,n,k,transA,transB} for each product. Prints for each the seconds of one call, the best of several.
 */
public final class OpenBlasThreads {
    private static final double LEAST_SECONDS = 0.05;
    private static final int LEAST_CALLS = 3;

    private final OpenBlas library;
    private final boolean doubles;

    private OpenBlasThreads(OpenBlas library, boolean doubles) {
        this.library = library;
        this.doubles = doubles;
    }

    private record Product(int m, int n, int k, boolean transA, boolean transB) {
        static Product parse(String text) {
            String[] parts = text.split(",", -1);
            return new Product(
                    Integer.parseInt(parts[0]),
                    Integer.parseInt(parts[1]),
                    Integer.parseInt(parts[2]),
                    Boolean.parseBoolean(parts[3]),
                    Boolean.parseBoolean(parts[4]));
        }
    }

    public static void main(String[] arguments) {
        Path cacheFolder = arguments[0].isEmpty() ? OpenBlasFiles.defaultCacheFolder() : Path.of(arguments[0]);
        OpenBlas library = OpenBlas.load(OpenBlasFiles.extract(cacheFolder));
        library.openblas_set_num_threads(Integer.parseInt(arguments[1]));
        OpenBlasThreads measurement = new OpenBlasThreads(library, arguments[2].equals("float64"));
        List<Double> seconds = new ArrayList<>();
        for (int i = 3; i < arguments.length; i++) {
            seconds.add(measurement.seconds(Product.parse(arguments[i])));
        }
        seconds.forEach(System.out::println);
    }

    private double seconds(Product product) {
        try (Arena arena = Arena.ofConfined()) {
            long a = filled(arena, (long) product.m * product.k);
            long b = filled(arena, (long) product.k * product.n);
            long c = filled(arena, (long) product.m * product.n);
            multiply(product, a, b, c);
            double best = Double.POSITIVE_INFINITY;
            long begun = System.nanoTime();
            for (int calls = 0; calls < LEAST_CALLS || System.nanoTime() - begun < LEAST_SECONDS * 1e9; calls++) {
                long start = System.nanoTime();
                multiply(product, a, b, c);
                best = Math.min(best, (System.nanoTime() - start) / 1e9);
            }
            return best;
        }
    }

    private long filled(Arena arena, long elements) {
        MemorySegment segment = arena.allocate(elements * (doubles ? 8 : 4), 64);
        for (long i = 0; i < elements; i++) {
            double value = (i * 2654435761L >>> 7 & 1023) / 1024.0 - 0.5;
            if (doubles) {
                segment.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
            } else {
                segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
            }
        }
        return segment.address();
    }

    private void multiply(Product p, long a, long b, long c) {
        int transA = p.transA ? OpenBlas.CblasTrans : OpenBlas.CblasNoTrans;
        int transB = p.transB ? OpenBlas.CblasTrans : OpenBlas.CblasNoTrans;
        int lda = p.transA ? p.m : p.k;
        int ldb = p.transB ? p.k : p.n;
        if (doubles) {
            library.cblas_dgemm(OpenBlas.CblasRowMajor, transA, transB, p.m, p.n, p.k, 1, a, lda, b, ldb, 0, c, p.n);
        } else {
            library.cblas_sgemm(OpenBlas.CblasRowMajor, transA, transB, p.m, p.n, p.k, 1, a, lda, b, ldb, 0, c, p.n);
        }
    }
}
