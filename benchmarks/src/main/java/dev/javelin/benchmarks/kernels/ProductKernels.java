package dev.javelin.benchmarks.kernels;

import dev.javelin.accelerator.cpu.blas.JavaBlas;
import dev.javelin.accelerator.cpu.blas.OpenBlasSerial;
import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.fast.Gemm;
import dev.javelin.accelerator.cpu.threads.Workers;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Products of the {@code baby} model (B · T = 3072, width 384) in one thread: {@link #wholeCall}, one call of OpenBLAS on
 * the whole, is the limit of what tiles, epilogues and the Java kernels reach.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // fields are set by JMH and by open()
public class ProductKernels {

    /** Transposes of A and B, then M, N, K. */
    @Param({"NT 3072 1152 384", "NT 3072 1536 384", "NT 3072 384 1536", "NN 3072 384 1536", "TN 1536 384 3072"})
    String product;

    private final Buffers buffers = new Buffers();
    private final SerialBlas java = new JavaBlas();
    private Workers workers;
    private SerialBlas openblas;
    private Gemm.Shape shape;
    private long a;
    private long b;
    private long c;
    private long pre;
    private long bias;
    private long workspace;

    static Gemm.Shape shape(String product) {
        String[] parts = product.split(" ", -1);
        return Gemm.Shape.of(
                parts[0].charAt(0) == 'T',
                parts[0].charAt(1) == 'T',
                Integer.parseInt(parts[1]),
                Integer.parseInt(parts[2]),
                Integer.parseInt(parts[3]));
    }

    static double flops(String product) {
        Gemm.Shape shape = shape(product);
        return 2.0 * shape.m() * shape.n() * shape.k();
    }

    @Setup(Level.Trial)
    public void open() {
        workers = new Workers(1);
        openblas = OpenBlasSerial.open(Path.of(System.getProperty("java.io.tmpdir"), "javelin-benchmarks"));
        shape = shape(product);
        a = buffers.floats((long) shape.m() * shape.k());
        b = buffers.floats((long) shape.k() * shape.n());
        c = buffers.floats((long) shape.m() * shape.n());
        pre = buffers.floats((long) shape.m() * shape.n());
        bias = buffers.floats(shape.n());
        workspace = buffers.floats(Math.max(1, Gemm.workspaceBytes(shape) / Float.BYTES));
    }

    @TearDown(Level.Trial)
    public void close() {
        workers.close();
        buffers.close();
    }

    @Benchmark
    public void wholeCall() {
        openblas.sgemm(
                shape.transA(),
                shape.transB(),
                shape.m(),
                shape.n(),
                shape.k(),
                1f,
                a,
                shape.lda(),
                b,
                shape.ldb(),
                0f,
                c,
                shape.ldc());
    }

    @Benchmark
    public void tiled() {
        Gemm.run(workers, openblas, shape, a, b, c, 0, 0, 0, workspace);
    }

    @Benchmark
    public void tiledBiasGelu() {
        Gemm.run(workers, openblas, shape.withGelu(true), a, b, c, bias, pre, 0, workspace);
    }

    @Benchmark
    public void tiledJava() {
        Gemm.run(workers, java, shape, a, b, c, 0, 0, 0, workspace);
    }
}
