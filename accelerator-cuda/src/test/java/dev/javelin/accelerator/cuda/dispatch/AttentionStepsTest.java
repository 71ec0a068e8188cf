package dev.javelin.accelerator.cuda.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cuda.Tolerance;
import dev.javelin.accelerator.cuda.Value;
import dev.javelin.accelerator.cuda.blas.LtBlas;
import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.driver.HostPointer;
import dev.javelin.accelerator.cuda.driver.Libraries;
import dev.javelin.accelerator.cuda.driver.OutOfDeviceMemory;
import dev.javelin.accelerator.cuda.driver.Stream;
import dev.javelin.accelerator.cuda.emulator.EmulatedDriver;
import dev.javelin.accelerator.cuda.kernel.Device;
import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.spi.kernel.AttentionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many pairs are taken at a time changes room and launches, and nothing else. */
class AttentionStepsTest {
    private static final GpuModel MODEL = GpuModel.of("h200");
    private static final long ALL = 1L << 30;
    /** Six pairs. */
    private static final AttentionShape SHAPE = new AttentionShape(3, 9, 4, 2, 8, true);

    private final SplittableRandom random = new SplittableRandom(20261128);
    private final Arena arena = Arena.ofConfined();
    private final List<Long> held = new ArrayList<>();
    private Driver driver;
    private Device device;
    private Stream stream;

    @BeforeEach
    void open() {
        Libraries libraries = Libraries.of(EmulatedDriver.folder().toString(), Map.of());
        libraries.require("the driver", "build it", "libcuda.so.1");
        driver = new Driver(0);
        device = new Device(driver, () -> LtBlas.open(libraries, false));
        stream = driver.stream();
    }

    @AfterEach
    void close() {
        if (driver != null) {
            held.forEach(driver::free);
            device.close();
            driver.destroy(stream);
            driver.close();
        }
        arena.close();
    }

    private long allocate(long bytes) {
        try {
            long address = driver.allocate(bytes);
            held.add(address);
            return address;
        } catch (OutOfDeviceMemory e) {
            throw new AssertionError(e);
        }
    }

    private long random(TensorType type) {
        byte[] bytes = Value.normal(type, random, 1).toBytes();
        MemorySegment host = arena.allocate(bytes.length, 8);
        MemorySegment.copy(bytes, 0, host, ValueLayout.JAVA_BYTE, 0, bytes.length);
        long address = allocate(bytes.length);
        driver.copyToDevice(new HostPointer(host.address()), address, bytes.length, stream);
        return address;
    }

    private List<Value> run(AttentionSteps attention, long[] inputs, TensorType... types) {
        long[] outputs = new long[types.length];
        for (int o = 0; o < outputs.length; o++) {
            outputs[o] = allocate(types[o].bytes());
        }
        long workspace = allocate(attention.workspaceBytes());
        for (Step step : attention.steps()) {
            step.ready(device).enqueue(stream, inputs, outputs, workspace);
        }
        List<Value> results = new ArrayList<>();
        for (int o = 0; o < outputs.length; o++) {
            MemorySegment host = arena.allocate(types[o].bytes(), 8);
            driver.copyToHost(outputs[o], new HostPointer(host.address()), types[o].bytes(), stream);
            driver.synchronize(stream);
            results.add(Value.ofBytes(types[o], host.toArray(ValueLayout.JAVA_BYTE)));
        }
        return results;
    }

    private static void check(List<Value> expected, List<Value> actual) {
        for (int o = 0; o < expected.size(); o++) {
            Tolerance.SUMS.check("output " + o, expected.get(o), actual.get(o));
        }
    }

    @Test
    void pairsOneByOneAndFourAtATimeGiveWhatAllAtOnceGive() {
        for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16)) {
            TensorType packedType = TensorType.of(dtype, 3, 9, (4 + 4) * 8);
            TensorType yType = TensorType.of(dtype, 3, 9, 4 * 8);
            TensorType sumType = TensorType.of(DType.FLOAT32, 3, 4, 9);
            long packed = random(packedType);
            long[] back = {packed, random(yType), random(sumType), random(yType)};
            AttentionSteps all = AttentionSteps.forward(SHAPE, dtype, MODEL, ALL);
            AttentionSteps allBack = AttentionSteps.backward(SHAPE, dtype, MODEL, ALL);
            assertEquals(5, all.steps().size());
            assertEquals(9, allBack.steps().size());
            List<Value> forward = run(all, new long[] {packed}, yType, sumType);
            List<Value> backward = run(allBack, back, packedType);
            long scores = 2 * 9 * 9 * (4L + (dtype.half() ? 2 : 0)); // of a pair
            for (int pairs : new int[] {4, 1}) {
                AttentionSteps some = AttentionSteps.forward(SHAPE, dtype, MODEL, pairs * scores);
                AttentionSteps someBack = AttentionSteps.backward(SHAPE, dtype, MODEL, pairs * 2 * scores);
                int slabs = Math.ceilDiv(6, pairs);
                assertEquals(2 + 3 * slabs, some.steps().size());
                assertEquals(3 + 6 * slabs, someBack.steps().size());
                assertTrue(some.workspaceBytes() < all.workspaceBytes());
                check(forward, run(some, new long[] {packed}, yType, sumType));
                check(backward, run(someBack, back, packedType));
            }
        }
    }
}
