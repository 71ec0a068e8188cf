package dev.javelin.accelerator.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention by tiles agrees with the CPU's reference in FLOAT64, with the same bits in any order of threads. */
class FlashAttentionTest {
    private static final long SEED = 20261128;

    private static Oracle oracle;
    private static EmulatedGpu gpu;
    private static List<Case> cases;

    @BeforeAll
    static void open() {
        System.out.println("seed " + SEED);
        oracle = new Oracle();
        gpu = new EmulatedGpu(Map.of("attention", "flash"));
        SplittableRandom random = new SplittableRandom(SEED);
        cases = shapes().flatMap(shape -> Stream.of(DType.BFLOAT16, DType.FLOAT16)
                        .filter(dtype -> dtype == DType.BFLOAT16 || shape.both)
                        .flatMap(dtype -> shape.cases(dtype, random)))
                .toList();
    }

    @AfterAll
    static void close() {
        gpu.close();
        oracle.close();
    }

    /** Extents: B, T, H, K, D; both: for both types of 16 bits. */
    private record Extents(
            int batches, int positions, int heads, int kvHeads, int width, boolean causal, boolean both) {

        Stream<Case> cases(DType dtype, SplittableRandom random) {
            long all = (heads + 2L * kvHeads) * width;
            Value packed = Value.normal(TensorType.of(dtype, batches, positions, all), random, 1);
            Attention operation = new Attention(heads, kvHeads, causal);
            Case forward = new Case(operation, List.of(packed), Tolerance.CHAINS);
            List<Value> results = oracle.run(forward);
            Value y = results.get(0).as(dtype);
            Value dy = Value.normal(y.type(), random, 1);
            Value rowSums = results.get(1).as(DType.FLOAT32);
            return Stream.of(
                    forward,
                    new Case(
                            new AttentionGradient(heads, kvHeads, causal),
                            List.of(packed, y, rowSums, dy),
                            Tolerance.CHAINS));
        }
    }

    /** Tiles that are full and that are not, one and several; heads of each width of a tile, narrower and odd ones. */
    private static Stream<Extents> shapes() {
        return Stream.of(
                new Extents(1, 1, 1, 1, 8, true, true),
                new Extents(2, 64, 2, 2, 32, true, true),
                new Extents(1, 130, 2, 1, 32, true, true),
                new Extents(1, 70, 1, 1, 64, false, false),
                new Extents(1, 150, 4, 2, 24, false, false),
                new Extents(1, 129, 1, 1, 64, true, false),
                new Extents(1, 97, 2, 2, 128, true, false),
                new Extents(1, 65, 1, 1, 80, false, false),
                new Extents(2, 33, 3, 1, 5, true, false));
    }

    static List<Case> cases() {
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aKernelAgreesWithTheReference(Case c) {
        List<Value> expected = oracle.run(c);
        List<Value> actual = gpu.device().run(c);
        for (int o = 0; o < expected.size(); o++) {
            c.tolerance().check("output " + o, expected.get(o), actual.get(o));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void neitherTheOrderOfThreadsNorAnOddAddressChangesABit(Case c) {
        List<Value> expected = gpu.device().run(c);
        try {
            gpu.seed(2);
            assertEquals(expected, gpu.device().runShifted(c, 1));
        } finally {
            gpu.seed(1);
        }
    }

    @Test
    void scoresTakeNoMemory() {
        Case forward = cases.get(2);
        Case gradient = cases.get(3);
        assertEquals(0, gpu.device().plan(forward).workspaceBytes());
        long rows = forward.outputTypes().get(1).bytes();
        assertTrue(gpu.device().plan(gradient).workspaceBytes() <= rows);
    }
}
