package dev.javelin.accelerator.cpu.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.Case;
import dev.javelin.accelerator.cpu.FusedCases;
import dev.javelin.accelerator.cpu.PrimitiveCases;
import dev.javelin.accelerator.cpu.TestDevice;
import dev.javelin.accelerator.cpu.Tolerance;
import dev.javelin.accelerator.cpu.Value;
import dev.javelin.accelerator.cpu.reference.ReferenceKernels;
import dev.javelin.api.DType;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.MatMul;
import dev.javelin.spi.device.KernelPlan.Alias;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the fast table runs agrees with the reference, in place too, and has the same bits for any number of threads. */
class FastKernelsTest {
    private static final long SEED = 20260118;

    private static TestDevice reference;
    private static TestDevice one;
    private static TestDevice three;

    @BeforeAll
    static void open() {
        System.out.println("seed " + SEED);
        reference = TestDevice.open("kernels", "reference");
        one = TestDevice.open("threads", "1");
        three = TestDevice.open("threads", "3");
    }

    @AfterAll
    static void close() {
        reference.close();
        one.close();
        three.close();
    }

    static Stream<Case> cases() {
        SplittableRandom random = new SplittableRandom(SEED);
        return Stream.concat(
                PrimitiveCases.of(random, DType.FLOAT32, DType.FLOAT64),
                FusedCases.of(random, reference, DType.FLOAT32, DType.FLOAT64));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aFastKernelAgreesWithTheReference(Case c) {
        List<Value> expected = reference.run(c.operation(), c.arguments());
        List<Value> actual = three.run(c.operation(), c.arguments());
        Tolerance tolerance = c.tolerance().atLeast(Tolerance.ROUNDING);
        for (int o = 0; o < expected.size(); o++) {
            tolerance.check("output " + o, expected.get(o), actual.get(o));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theNumberOfThreadsChangesNoBit(Case c) {
        assertEquals(one.run(c.operation(), c.arguments()), three.run(c.operation(), c.arguments()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void workingInPlaceChangesNoBit(Case c) {
        List<Value> apart = three.run(c.operation(), c.arguments());
        for (Alias alias : three.plan(c.operation(), c.inputs()).mayAlias()) {
            assertEquals(apart, three.run(c.operation(), Set.of(alias), c.arguments()), alias.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("products")
    void productsOfOurOwnAgreeWithTheReference(Case c) {
        try (TestDevice java = TestDevice.open("blas", "java", "threads", "2")) {
            List<Value> expected = reference.run(c.operation(), c.arguments());
            List<Value> actual = java.run(c.operation(), c.arguments());
            for (int o = 0; o < expected.size(); o++) {
                Tolerance.CHAINS.check("output " + o, expected.get(o), actual.get(o));
            }
        }
    }

    static Stream<Case> products() {
        return cases().filter(c -> c.operation() instanceof MatMul || c.operation() instanceof Attention);
    }

    @Test
    void everyFastRuleLiesOverAReferenceRule() {
        assertTrue(ReferenceKernels.all()
                .operations()
                .containsAll(FastKernels.all(1).operations()));
        assertTrue(ReferenceKernels.primitives()
                .operations()
                .containsAll(FastKernels.primitives().operations()));
    }
}
