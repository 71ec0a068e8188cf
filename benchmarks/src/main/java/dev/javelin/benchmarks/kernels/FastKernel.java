package dev.javelin.benchmarks.kernels;

import dev.javelin.accelerator.cpu.CpuProvider;
import dev.javelin.api.TensorType;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
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

/** One fast kernel of {@link KernelCases}, launched as the engine launches it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // fields are set by JMH and by open()
public class FastKernel {
    @Param(KernelCases.COPY)
    String kernel;

    @Param("2")
    int threads;

    private final List<DeviceMemory> held = new ArrayList<>();
    private Accelerator device;
    private DeviceQueue queue;
    private Kernel ready;
    private long[] inputs;
    private long[] outputs;
    private long workspace;

    @Setup(Level.Trial)
    public void open() {
        KernelCase named = Objects.requireNonNull(KernelCases.all().get(kernel), kernel);
        device = device(threads);
        queue = device.queue(QueueRole.COMPUTE);
        List<TensorType> results = named.outputs();
        KernelPlan plan = device.planner()
                .plan(named.operation(), named.inputs(), results)
                .orElseThrow();
        ready = device.prepare(named.operation(), named.inputs(), results);
        inputs = named.inputs().stream()
                .mapToLong(type -> filled(type, named.bound()))
                .toArray();
        outputs = new long[results.size()];
        for (int i = 0; i < outputs.length; i++) {
            int shared = named.operation().overwrites(i).orElse(-1);
            outputs[i] = shared >= 0 ? inputs[shared] : zeros(results.get(i).bytes());
        }
        workspace = zeros(plan.workspaceBytes());
    }

    static Accelerator device(int threads) {
        String cache = Path.of(System.getProperty("java.io.tmpdir"), "javelin-benchmarks")
                .toString();
        return new CpuProvider()
                .open(new Options(
                        "accelerator.cpu", Map.of("threads", Integer.toString(threads), "cacheFolder", cache)));
    }

    private long zeros(long bytes) {
        DeviceMemory memory = device.allocate(Math.max(64, bytes), "benchmark");
        held.add(memory);
        device.fill(queue, memory.address(), memory.bytes(), (byte) 0);
        return memory.address();
    }

    /** Numbers from 0.25 to 1, which every operation takes; whole ones from 1 to below the bound. */
    private long filled(TensorType type, int bound) {
        long address = zeros(type.bytes());
        SplittableRandom random = new SplittableRandom(1);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment host = arena.allocate(Math.max(64, type.bytes()), 64);
            for (long i = 0; i < type.elements(); i++) {
                switch (type.dtype()) {
                    case FLOAT32 -> host.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat(0.25f, 1));
                    case FLOAT64 -> host.setAtIndex(ValueLayout.JAVA_DOUBLE, i, random.nextDouble(0.25, 1));
                    case INT32 -> host.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt(1, bound));
                    default -> host.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) 0x3800);
                }
            }
            device.copyToDevice(queue, host.asSlice(0, type.bytes()), address);
            queue.synchronize();
        }
        return address;
    }

    @TearDown(Level.Trial)
    public void close() {
        held.forEach(DeviceMemory::close);
        device.close();
    }

    @Benchmark
    public void launch() {
        ready.launch(queue, inputs, outputs, workspace);
        queue.synchronize();
    }
}
