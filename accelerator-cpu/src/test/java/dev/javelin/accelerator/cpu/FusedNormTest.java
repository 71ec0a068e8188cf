package dev.javelin.accelerator.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A norm with what stands before and behind it has the bits of its parts, of the reference and of fast kernels. */
class FusedNormTest {
    private static final long SEED = 20261128;

    static Stream<Case> cases() {
        System.out.println("seed " + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        List<Case> cases = new ArrayList<>();
        for (DType x : List.of(DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)) {
            List<DType> others = x == DType.FLOAT32 ? List.of(x, DType.BFLOAT16, DType.FLOAT16) : List.of(x);
            for (long[] dims : new long[][] {{7}, {1, 1}, {4, 5, 33}, {90, 64}}) {
                for (DType other : others) {
                    for (boolean centred : new boolean[] {true, false}) {
                        cases.addAll(forward(centred, TensorType.of(x, dims), other, random));
                        cases.addAll(backward(centred, TensorType.of(x, dims), other, random));
                    }
                }
            }
        }
        return cases.stream();
    }

    private static List<Case> forward(boolean centred, TensorType x, DType other, SplittableRandom random) {
        TensorType row = TensorType.of(x.dtype(), x.shape().dim(-1));
        List<Value> inputs = new ArrayList<>(List.of(Value.normal(x, random, 2), Value.normal(row, random, 1)));
        if (centred) {
            inputs.add(Value.normal(row, random, 1));
        }
        FusedNorm norm = new FusedNorm(centred, 1e-5, false, other);
        List<Case> cases = new ArrayList<>(List.of(new Case(norm, inputs, Tolerance.EXACT)));
        for (TensorType residual : List.of(x.withDType(other), row.withDType(other))) {
            List<Value> more = new ArrayList<>(inputs);
            more.add(Value.normal(residual, random, 1));
            cases.add(new Case(norm.withResidual(), more, Tolerance.EXACT));
            cases.add(new Case(norm.withResidual().withNormed(x.dtype()), more, Tolerance.EXACT));
        }
        return cases;
    }

    private static List<Case> backward(boolean centred, TensorType x, DType other, SplittableRandom random) {
        TensorType row = TensorType.of(x.dtype(), x.shape().dim(-1));
        TensorType rows = new TensorType(x.dtype().wide(), x.shape().without(-1));
        List<Value> inputs = new ArrayList<>(List.of(
                Value.normal(x.withDType(other), random, 1), Value.normal(x, random, 2), Value.normal(row, random, 1)));
        for (int i = 0; i < (centred ? 2 : 1); i++) {
            inputs.add(Value.normal(rows, random, 1));
        }
        List<Value> more = new ArrayList<>(inputs);
        more.add(Value.normal(x, random, 1));
        FusedNormGradient gradient = FusedNormGradient.of(centred);
        return List.of(
                new Case(gradient, inputs, Tolerance.EXACT),
                new Case(gradient.withCopy(other), inputs, Tolerance.EXACT),
                new Case(gradient.withResidual(), more, Tolerance.EXACT),
                new Case(gradient.withResidual().withCopy(other), more, Tolerance.EXACT));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theReferenceHasTheBitsOfItsParts(Case c) {
        try (TestDevice reference = TestDevice.open("kernels", "reference")) {
            assertEquals(parts(reference, c), reference.run(c.operation(), c.arguments()));
        }
    }

    static Stream<Case> fastCases() {
        return cases().filter(c -> types(c).allMatch(type -> type.dtype() == DType.FLOAT32)
                && !(c.operation() instanceof FusedNormGradient gradient
                        && gradient.copy().isPresent()));
    }

    private static Stream<TensorType> types(Case c) {
        List<TensorType> inputs = c.inputs().stream().map(Value::type).toList();
        return Stream.concat(inputs.stream(), c.operation().infer(inputs).stream());
    }

    @Test
    void formsOf16BitsAreLeftToTheParts() {
        try (TestDevice fast = TestDevice.open("threads", "2")) {
            List<Case> narrow = cases().filter(
                            c -> types(c).anyMatch(type -> type.dtype().half()))
                    .toList();
            assertFalse(narrow.isEmpty());
            narrow.forEach(c -> assertFalse(fast.plans(c.operation(), c.inputs()), c.toString()));
        }
    }

    @ParameterizedTest
    @MethodSource("fastCases")
    void aFastKernelHasTheBitsOfFastParts(Case c) {
        try (TestDevice fast = TestDevice.open("threads", "2")) {
            assertEquals(parts(fast, c), fast.run(c.operation(), c.arguments()));
        }
    }

    /** What addition, norm and conversion give one after the other. */
    private static List<Value> parts(TestDevice device, Case c) {
        List<Value> inputs = new ArrayList<>(c.inputs());
        List<Value> outputs = new ArrayList<>();
        if (c.operation() instanceof FusedNorm norm) {
            if (norm.residual()) {
                Value residual = cast(
                        device, inputs.removeLast(), inputs.getFirst().type().dtype());
                inputs.set(0, one(device, new Binary(Binary.Kind.ADD), inputs.getFirst(), residual));
                outputs.add(inputs.getFirst());
            }
            List<Value> results = new ArrayList<>(device.run(norm.norm(), inputs.toArray(Value[]::new)));
            results.set(0, cast(device, results.getFirst(), norm.normed()));
            outputs.addAll(results);
            return outputs;
        }
        FusedNormGradient gradient = (FusedNormGradient) c.operation();
        List<Value> passing = new ArrayList<>();
        if (gradient.residual()) {
            passing.add(inputs.removeLast());
        }
        inputs.set(0, cast(device, inputs.getFirst(), inputs.get(1).type().dtype()));
        outputs.addAll(device.run(gradient.gradient(), inputs.toArray(Value[]::new)));
        passing.forEach(value -> outputs.set(0, one(device, new Binary(Binary.Kind.ADD), outputs.getFirst(), value)));
        gradient.copy().ifPresent(type -> outputs.add(cast(device, outputs.getFirst(), type)));
        return outputs;
    }

    private static Value cast(TestDevice device, Value value, DType type) {
        return value.type().dtype() == type ? value : one(device, new Cast(type), value);
    }

    private static Value one(TestDevice device, Operation operation, Value... inputs) {
        return device.run(operation, inputs).getFirst();
    }
}
