package dev.javelin.accelerator.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cross-entropy with its gradient has the bits of both alone, however much of a row a GPU keeps in shared memory. */
class FusedCrossEntropyTest {
    private static final int IGNORED = -1;

    private final SplittableRandom random = new SplittableRandom(20261128);

    private record Rows(Value logits, Value targets, Value seed) {
        Case fused() {
            return new Case(new FusedCrossEntropy(IGNORED), List.of(logits, targets, seed), Tolerance.EXACT);
        }
    }

    private Rows rows(DType dtype, int width, int... targets) {
        Value logits = Value.normal(TensorType.of(dtype, targets.length, width), random, 3);
        return new Rows(
                logits,
                Value.generate(TensorType.of(DType.INT32, targets.length), i -> targets[(int) i]),
                Value.of(TensorType.of(dtype.wide()), -0.75));
    }

    private static List<Value> oneAfterTheOther(TestDevice device, Rows rows) {
        List<Value> forward = device.run(new CrossEntropy(IGNORED), rows.logits, rows.targets);
        List<Value> all = new ArrayList<>(forward.subList(0, 2));
        all.addAll(device.run(new CrossEntropyGradient(IGNORED), rows.logits, rows.targets, forward.get(2), rows.seed));
        return all;
    }

    /** A row of 60,013 F32 is kept as far as 99, 163 or 227 KiB go, one of 13,003 F64 wholly but with 99, others wholly. */
    @ParameterizedTest
    @ValueSource(strings = {"l4", "a100", "h200"})
    void aGpuWithLessSharedMemoryGivesTheSameBits(String model) {
        try (EmulatedGpu gpu = new EmulatedGpu(Map.of("model", model))) {
            for (Rows rows : List.of(
                    rows(DType.BFLOAT16, 50_257, 50_256),
                    rows(DType.FLOAT16, 61, 60, 3, IGNORED, 0, 8, 9, IGNORED),
                    rows(DType.FLOAT32, 60_013, 31_000),
                    rows(DType.FLOAT64, 13_003, 4))) {
                List<Value> expected = oneAfterTheOther(gpu.device(), rows);
                assertEquals(
                        expected, gpu.device().run(rows.fused()), rows.fused().toString());
                assertEquals(expected, gpu.device().run(rows.fused(), Set.of(new Alias(2, 0))), "in place");
                assertEquals(expected, gpu.device().runShifted(rows.fused(), 1), "shifted");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT32,33", "BFLOAT16,1000", "FLOAT32,2500"})
    void rowsThatDoNotCountAreZeroAndThoseWithoutAClassAreNan(DType dtype, int width) {
        try (EmulatedGpu gpu = new EmulatedGpu()) {
            Rows none = rows(dtype, width, IGNORED, IGNORED, IGNORED);
            List<Value> nothing = gpu.device().run(none.fused());
            assertEquals(0, nothing.get(0).at(0));
            assertEquals(0, nothing.get(1).at(0));
            for (int i = 0; i < 3 * width; i++) {
                assertEquals(0, nothing.get(2).at(i), "element " + i);
            }
            Rows bad = rows(dtype, width, 1, width, IGNORED, -7);
            List<Value> spoiled = gpu.device().run(bad.fused());
            assertTrue(Double.isNaN(spoiled.get(0).at(0)));
            assertEquals(3, spoiled.get(1).at(0));
            for (int i = 0; i < 4 * width; i++) {
                boolean nan = i / width % 2 == 1;
                assertEquals(nan, Double.isNaN(spoiled.get(2).at(i)), "element " + i);
            }
        }
    }

    @Test
    void widthsOfOneEntryKeepTheSharedMemoryThatEachAskedFor() {
        try (Accelerator gpu = new CudaProvider().open(EmulatedGpu.options(Map.of()));
                var memory = gpu.allocate(1 << 20, "rows")) {
            Kernel wide = prepared(gpu, 50_000);
            prepared(gpu, 15_000);
            long at = memory.address();
            var queue = gpu.queue(QueueRole.COMPUTE);
            gpu.fill(queue, at, 1 << 20, (byte) 0);
            long[] in = {at, at + 900_000, at + 900_256};
            wide.launch(queue, in, new long[] {at + 900_512, at + 900_768, at}, at + 901_024);
            float[] loss = new float[1];
            gpu.copyToHost(queue, at + 900_512, java.lang.foreign.MemorySegment.ofArray(loss));
            queue.synchronize();
            assertEquals(Math.log(50_000), loss[0], 1e-4);
        }
    }

    /** A block may have 48 KiB unasked, static memory counted: here 49,104 bytes of a row beside 256 of sums. */
    @Test
    void aRowThatWouldFitUnaskedWithoutTheKernelsOwnSharedMemoryIsAskedFor() {
        try (EmulatedGpu gpu = new EmulatedGpu()) {
            Rows rows = rows(DType.FLOAT32, 12_270, 12_269);
            assertEquals(oneAfterTheOther(gpu.device(), rows), gpu.device().run(rows.fused()));
        }
    }

    /** One row of F32: 200 kB and 60 kB of shared memory, both more than is there unasked. */
    private static Kernel prepared(Accelerator gpu, long width) {
        List<TensorType> inputs = List.of(
                TensorType.of(DType.FLOAT32, 1, width), TensorType.of(DType.INT32, 1), TensorType.of(DType.FLOAT32));
        FusedCrossEntropy operation = new FusedCrossEntropy(IGNORED);
        return gpu.prepare(operation, inputs, operation.infer(inputs));
    }
}
