package dev.javelin.engine.lower;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.engine.Array;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.program.Instruction;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.Unit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parameters that are used as one: as a view where they are neighbours, as a copy where they are not. */
class JoiningTest {
    private static final Map<String, Array> X = Map.of("x", Array.of(DType.FLOAT64, Shape.of(1, 4), 2, -1, 0.5, 3));
    private static final Strategy WHOLE = (model, context) -> ParallelPlan.of(List.of(
            new Unit("all", model.parameters().stream().map(p -> p.path()).toList())));

    /** loss = Σ (x · [a; b; c]ᵀ)² + Σ d², whose parameters are declared in the given order. */
    private static Sketch module(String order, long rows) {
        Sketch sketch = Sketch.of((self, step) -> {
            Tensor joined = self.value("a", step).concat(0, self.value("b", step), self.value("c", step));
            Tensor squares = step.input("x").matmulTransposed(joined).square();
            return Sketch.total(squares.sum().add(self.value("d", step).square().sum()));
        });
        for (String name : order.split("")) {
            sketch.with(name, Shape.of(name.equals("b") ? 2 * rows : rows, 4));
        }
        return sketch;
    }

    private static CompileOptions options(int accumulation) {
        return CompileOptions.training(DType.FLOAT64, Run.signature(1, X), ParameterGroup.all(new Sgd(0.9, 0.1, false)))
                .withAccumulation(accumulation);
    }

    private static List<Instruction> instructions(Run run, Class<? extends Operation> operation) {
        return run.compilation().programs().values().stream()
                .flatMap(placement -> placement.schedule().program().instructions().stream())
                .filter(instruction -> operation.isInstance(instruction.operation()))
                .toList();
    }

    @Test
    void neighboursAreReadAndTheirGradientsComputedWhereTheyLie() {
        try (Run run = Run.open(module("abcd", 2), options(1), WHOLE)) {
            assertEquals(List.of(), instructions(run, Concat.class));
            assertEquals(
                    2, instructions(run, Pack.class).getFirst().inputs().size(), "the joined gradient and that of d");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"acbd", "badc", "adbc", "dcba"})
    void othersAreCopied(String order) {
        try (Run run = Run.open(module(order, 2), options(1), WHOLE)) {
            assertEquals(1, instructions(run, Concat.class).size());
        }
    }

    @Test
    void parametersWithPaddingBetweenThemAreCopied() {
        try (Run run = Run.open(module("abcd", 1), options(1), WHOLE)) {
            assertEquals(1, instructions(run, Concat.class).size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void theWeightsAreTheSameBitsHoweverTheParametersLie(int accumulation) {
        List<String> orders = List.of("abcd", "acbd", "dcba");
        List<Map<String, double[]>> states =
                orders.stream().map(order -> train(order, accumulation)).toList();
        for (Map<String, double[]> state : states) {
            state.forEach(
                    (key, values) -> assertArrayEquals(values, states.getFirst().get(key), key));
        }
    }

    private static Map<String, double[]> train(String order, int accumulation) {
        try (Run run = Run.open(module(order, 2), options(accumulation), WHOLE)) {
            for (String name : List.of("a", "b", "c", "d")) {
                double[] values = run.parameter(name);
                for (int i = 0; i < values.length; i++) {
                    values[i] = Math.sin(name.charAt(0) + 7.0 * i);
                }
                run.setParameter(name, values);
            }
            for (int step = 1; step <= 3; step++) {
                run.session().train(step, 1e-3, 7, java.util.Collections.nCopies(accumulation, Run.batch(1, X)));
            }
            return Fixtures.state(run.session());
        }
    }
}
