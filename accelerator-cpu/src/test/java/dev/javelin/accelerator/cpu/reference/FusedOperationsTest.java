package dev.javelin.accelerator.cpu.reference;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.accelerator.cpu.Case;
import dev.javelin.accelerator.cpu.EagerGraph;
import dev.javelin.accelerator.cpu.FusedCases;
import dev.javelin.accelerator.cpu.TestDevice;
import dev.javelin.accelerator.cpu.Tolerance;
import dev.javelin.accelerator.cpu.Value;
import dev.javelin.api.DType;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every fused reference kernel computes what its operation's decomposition into primitives computes. */
class FusedOperationsTest {
    private static final long SEED = 20260117;

    private static TestDevice reference;
    private static TestDevice primitives;

    @BeforeAll
    static void open() {
        System.out.println("seed " + SEED);
        reference = TestDevice.open("kernels", "reference");
        primitives = TestDevice.open("kernels", "reference", "decompose", "true");
    }

    @AfterAll
    static void close() {
        reference.close();
        primitives.close();
    }

    static Stream<Case> cases() {
        return FusedCases.of(new SplittableRandom(SEED), reference, DType.FLOAT32, DType.FLOAT64);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aFusedKernelComputesItsDecomposition(Case c) {
        Value[] inputs = c.inputs().toArray(Value[]::new);
        List<Value> expected = EagerGraph.decomposed(primitives, c.operation(), inputs);
        List<Value> actual = reference.run(c.operation(), inputs);
        for (int o = 0; o < expected.size(); o++) {
            c.tolerance().check("output " + o, expected.get(o), actual.get(o));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void workingInPlaceGivesTheSameBits(Case c) {
        Value[] inputs = c.inputs().toArray(Value[]::new);
        List<Value> expected = reference.run(c.operation(), inputs);
        for (var alias : reference.plan(c.operation(), c.inputs()).mayAlias()) {
            List<Value> actual = reference.run(c.operation(), Set.of(alias), inputs);
            for (int o = 0; o < expected.size(); o++) {
                Tolerance.EXACT.check(alias + ", output " + o, expected.get(o), actual.get(o));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aDecomposingPlannerDeclinesIt(Case c) {
        assertFalse(primitives.plans(c.operation(), c.inputs()));
    }
}
