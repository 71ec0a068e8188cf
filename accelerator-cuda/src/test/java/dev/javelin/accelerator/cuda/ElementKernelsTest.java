package dev.javelin.accelerator.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.accelerator.cpu.CpuProvider;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.KernelPlan.Alias;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kernels that work element by element, move, reduce and update, on the emulated driver, against the CPU's scalar reference
 * on the same types, which computes in 64 bits and rounds once.
 */
class ElementKernelsTest {
    private static final long SEED = 20260711;

    private static final Map<Group, List<Tried>> RESULTS = new EnumMap<>(Group.class);

    private static TestDevice reference;
    private static EmulatedGpu gpu;

    /** What is tried together. */
    enum Group {
        FUNCTIONS(ElementCases::functions),
        BROADCASTS(ElementCases::broadcasts),
        CASTS(ElementCases::casts),
        CONSTANTS(random -> ElementCases.constants()),
        MOVES(MoveCases::moves),
        REDUCTIONS(MoveCases::reductions),
        STATES(StateCases::states),
        SQUARES(StateCases::squares),
        RANDOM_NUMBERS(StateCases::random);

        private final Function<SplittableRandom, Stream<Case>> cases;

        Group(Function<SplittableRandom, Stream<Case>> cases) {
            this.cases = cases;
        }

        List<Case> cases() {
            return cases.apply(new SplittableRandom(SEED)).toList();
        }

        List<Tried> tried() {
            return RESULTS.computeIfAbsent(
                    this,
                    group -> group.cases().stream()
                            .map(one -> new Tried(
                                    one, attempt(one, () -> gpu.device().run(one))))
                            .toList());
        }
    }

    @BeforeAll
    static void open() {
        System.out.println("seed " + SEED);
        reference =
                new TestDevice(new CpuProvider().open(new Options("accelerator.cpu", Map.of("kernels", "reference"))));
        gpu = new EmulatedGpu();
    }

    @AfterAll
    static void close() {
        RESULTS.clear();
        gpu.close();
        reference.close();
    }

    /** A case, and what the GPU gave for it with aligned operands apart. */
    private record Tried(Case of, List<Value> result) {}

    private static void each(Group group, Consumer<Tried> check) {
        for (Tried tried : group.tried()) {
            attempt(tried.of, () -> {
                check.accept(tried);
                return true;
            });
        }
    }

    private static <R> R attempt(Case one, Supplier<R> action) {
        try {
            return action.get();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(one + ": " + e.getMessage(), e);
        }
    }

    private static void requireSameIntegers(List<Value> expected, List<Value> actual) {
        for (int o = 0; o < expected.size(); o++) {
            if (!expected.get(o).type().dtype().floating()) {
                assertArrayEquals(expected.get(o).toBytes(), actual.get(o).toBytes(), "output " + o);
            }
        }
    }

    /** Same bits, but for those of a NaN, which differ on a CPU though not on a GPU. */
    private static boolean requireSame(List<Value> expected, List<Value> actual) {
        requireSameIntegers(expected, actual);
        for (int o = 0; o < expected.size(); o++) {
            for (int i = 0; i < expected.get(o).count(); i++) {
                assertEquals(expected.get(o).at(i), actual.get(o).at(i), "output " + o + ", element " + i);
            }
        }
        return true;
    }

    @ParameterizedTest
    @EnumSource
    void kernelsAgreeWithTheReference(Group group) {
        each(group, tried -> {
            List<Value> expected = reference.run(tried.of);
            for (int o = 0; o < expected.size(); o++) {
                tried.of.tolerance().check("output " + o, expected.get(o), tried.result.get(o));
            }
            if (tried.of.tolerance() == Tolerance.EXACT) {
                requireSame(expected, tried.result); // the signs of zeros too
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void workingInPlaceChangesNoBit(Group group) {
        each(group, tried -> {
            for (Alias alias : gpu.device().plan(tried.of).mayAlias()) {
                requireSame(tried.result, gpu.device().run(tried.of, Set.of(alias)));
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void theOrderInWhichThreadsRunChangesNoBit(Group group) {
        List<Tried> tried = group.tried();
        try {
            gpu.seed(2);
            tried.forEach(one ->
                    attempt(one.of, () -> requireSame(one.result, gpu.device().run(one.of))));
        } finally {
            gpu.seed(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAddressThatIsNoMultipleOfAVectorChangesNoBit(Group group) {
        each(group, tried -> requireSame(tried.result, gpu.device().runShifted(tried.of, 1)));
    }
}
