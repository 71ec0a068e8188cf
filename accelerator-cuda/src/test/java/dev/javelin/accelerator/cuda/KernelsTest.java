package dev.javelin.accelerator.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.api.DType;
import dev.javelin.spi.device.KernelPlan.Alias;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel on the emulated driver agrees with the CPU's reference in FLOAT64, with the same bits however it runs. */
class KernelsTest {
    private static final long SEED = 20260601;
    private static final int[] ORDERS = {2, 3};

    /** What each case gives with operands apart and threads in the first order. */
    private static final Map<Case, List<Value>> RESULTS = new IdentityHashMap<>();

    private static Oracle oracle;
    private static EmulatedGpu gpu;
    private static List<Case> cases;

    @BeforeAll
    static void open() {
        System.out.println("seed " + SEED);
        oracle = new Oracle();
        gpu = new EmulatedGpu(Map.of("attention", "reference"));
        SplittableRandom random = new SplittableRandom(SEED);
        cases = Stream.of(
                        RowCases.of(random, oracle),
                        CacheCases.of(random),
                        SamplingCases.of(random),
                        ProductCases.of(random),
                        AttentionCases.of(random, oracle))
                .flatMap(some -> some)
                .toList();
    }

    @AfterAll
    static void close() {
        RESULTS.clear();
        gpu.close();
        oracle.close();
    }

    private static List<Value> result(Case c) {
        return RESULTS.computeIfAbsent(c, gpu.device()::run);
    }

    static List<Case> cases() {
        return cases;
    }

    /** Those of one type of 32 bits and one of 16: the others run the same code. */
    static List<Case> someCases() {
        return cases.stream()
                .filter(c -> c.inputTypes().stream()
                        .allMatch(type -> type.dtype() != DType.FLOAT64 && type.dtype() != DType.FLOAT16))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aKernelAgreesWithTheReference(Case c) {
        List<Value> expected = oracle.run(c);
        List<Value> actual = result(c);
        for (int o = 0; o < expected.size(); o++) {
            c.tolerance().check("output " + o, expected.get(o), actual.get(o));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void workingInPlaceChangesNoBit(Case c) {
        for (Alias alias : gpu.device().plan(c).mayAlias()) {
            assertEquals(result(c), gpu.device().run(c, Set.of(alias)), alias.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("someCases")
    void theOrderInWhichThreadsRunChangesNoBit(Case c) {
        List<Value> expected = result(c);
        try {
            for (int seed : ORDERS) {
                gpu.seed(seed);
                assertEquals(expected, gpu.device().run(c), "order " + seed);
            }
        } finally {
            gpu.seed(1);
        }
    }

    @ParameterizedTest
    @MethodSource("someCases")
    void anAddressThatIsNoMultipleOfAVectorChangesNoBit(Case c) {
        assertEquals(result(c), gpu.device().runShifted(c, 1));
    }
}
