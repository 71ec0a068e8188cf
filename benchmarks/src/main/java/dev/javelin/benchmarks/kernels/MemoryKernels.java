package dev.javelin.benchmarks.kernels;

import dev.javelin.accelerator.cpu.fast.ColumnSum;
import dev.javelin.accelerator.cpu.fast.CrossEntropy;
import dev.javelin.accelerator.cpu.fast.Flat;
import dev.javelin.accelerator.cpu.fast.Gelu;
import dev.javelin.accelerator.cpu.fast.LayerNorm;
import dev.javelin.accelerator.cpu.fast.Softmax;
import dev.javelin.accelerator.cpu.fast.SquareSum;
import dev.javelin.accelerator.cpu.threads.Workers;
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
 * Kernels whose limit is memory, over [12288, 384] fp32 (19 MB an array, more than a core's caches); {@link #copy} moves
 * one such array and is the limit.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // fields are set by JMH and by open()
public class MemoryKernels {

    static final int ROWS = 12_288;
    static final int COLS = 384;
    static final long N = (long) ROWS * COLS;

    @Param("2")
    int threads;

    private final Buffers buffers = new Buffers();
    private Workers workers;
    private long x;
    private long y;
    private long z;
    private long mean;
    private long rstd;
    private long gamma;
    private long ids;
    private long scalars;
    private long workspace;

    @Setup(Level.Trial)
    public void open() {
        workers = new Workers(threads);
        x = buffers.floats(N);
        y = buffers.floats(N);
        z = buffers.floats(N);
        mean = buffers.floats(ROWS);
        rstd = buffers.floats(ROWS);
        gamma = buffers.floats(COLS);
        ids = buffers.ints(ROWS, COLS);
        scalars = buffers.floats(16);
        workspace = buffers.bytes(LayerNorm.backwardWorkspaceBytes(ROWS, COLS)
                + SquareSum.workspaceBytes(N)
                + CrossEntropy.workspaceBytes(ROWS)
                + SquareSum.BYTES);
    }

    @TearDown(Level.Trial)
    public void close() {
        workers.close();
        buffers.close();
    }

    @Benchmark
    public void copy() {
        Flat.copy(workers, 4 * N, x, y);
    }

    @Benchmark
    public void geluForward() {
        Gelu.forward(workers, N, x, y);
    }

    @Benchmark
    public void geluBackward() {
        Gelu.backward(workers, N, x, y, z);
    }

    @Benchmark
    public void layerNormForward() {
        LayerNorm.forward(workers, ROWS, COLS, 1e-5f, x, gamma, gamma, y, mean, rstd);
    }

    @Benchmark
    public void layerNormBackward() {
        LayerNorm.backward(workers, ROWS, COLS, x, y, gamma, mean, rstd, 0, z, 0, 0, false, workspace);
    }

    @Benchmark
    public void softmaxForward() {
        Softmax.forward(workers, ROWS, COLS, x, y);
    }

    @Benchmark
    public void crossEntropyForward() {
        CrossEntropy.forward(workers, ROWS, COLS, x, ids, -1, mean, scalars, scalars + 4, workspace);
    }

    @Benchmark
    public void columnSum() {
        ColumnSum.run(workers, ROWS, COLS, x, gamma, false, workspace);
    }

    @Benchmark
    public void squareSum() {
        SquareSum.clear(workspace);
        SquareSum.add(workers, N, x, workspace, workspace + SquareSum.BYTES);
    }
}
