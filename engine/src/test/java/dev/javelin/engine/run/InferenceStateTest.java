package dev.javelin.engine.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.engine.Array;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.CompileOptions.Inference;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.trace.Signature;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several inference programs over one model: they share parameters and state, and each has fields of its own. */
class InferenceStateTest {
    private static final TensorType CACHE = TensorType.of(DType.FLOAT32, 1, 1, 5, 2);

    private static Sketch model() {
        return Sketch.of((self, step) -> Sketch.total(self.value("w", step))).with("w", Shape.scalar());
    }

    private static Inference inference(String name, long tokens, Function<Step, Tensor> body) {
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put("rows", TensorType.of(DType.FLOAT32, 1, tokens, 2));
        fields.put("at", TensorType.of(DType.INT32, 1, tokens));
        return new Inference(name, body, new Signature(1, fields));
    }

    /** Writes rows and returns the whole cache, times the parameter. */
    private static Function<Step, Tensor> writing(Sketch model) {
        return step -> {
            Tensor rows = step.input("rows");
            Tensor cache = rows.graph().state("cache", CACHE).writeRows(rows, step.input("at"));
            return cache.multiply(model.value("w", step));
        };
    }

    private static double[] infer(Run run, String name, float[] rows, int... at) {
        Array result = Array.zeros(run.session().inferenceType(name));
        HostBatch batch = Run.batch(
                1,
                Map.of(
                        "rows", Array.of(Shape.of(1, at.length, 2), rows),
                        "at", Array.of(Shape.of(1, at.length), at)));
        run.session().infer(name, batch, result.memory());
        return result.toDoubles();
    }

    private static CompileOptions both(Sketch model) {
        return CompileOptions.inference(
                DType.FLOAT32, inference("two", 2, writing(model)), inference("one", 1, writing(model)));
    }

    @ParameterizedTest
    @CsvSource({"fast,false", "reference,false", "fast,true"})
    void whatOneProgramLeavesTheOtherFindsAndClearingForgetsIt(String kernels, String decompose) {
        Sketch model = model();
        try (Run run = Run.open(model, both(model), "kernels", kernels, "decompose", decompose)) {
            run.setParameter("w", 10);
            assertArrayEquals(
                    new double[] {0, 0, 10, 20, 0, 0, 0, 0, 0, 0},
                    infer(run, "two", new float[] {1, 2, 3, 4}, 1, -1),
                    "a row without a position is left out");
            assertArrayEquals(
                    new double[] {0, 0, 10, 20, 0, 0, 0, 0, 50, 60}, infer(run, "one", new float[] {5, 6}, 4));
            run.setParameter("w", 1);
            assertArrayEquals(
                    new double[] {0, 0, 7, 8, 0, 0, 0, 0, 5, 6},
                    infer(run, "two", new float[] {7, 8, 9, 9}, 1, 5),
                    "they share the parameter; a position behind the end is left out");
            run.session().clearState();
            assertArrayEquals(new double[10], infer(run, "one", new float[] {5, 6}, -1));
        }
    }

    @Test
    void stateIsCountedPredictedExactlyAndSharedByName() {
        Sketch model = model();
        try (Run run = Run.open(model, both(model))) {
            Compilation compilation = run.compilation();
            assertEquals(CACHE.bytes(), compilation.memory().state());
            assertEquals(
                    List.of("cache"),
                    compilation.slots().offsets().keySet().stream()
                            .filter(slot -> slot.kind() == Slot.Kind.STATE)
                            .map(Slot::name)
                            .toList());
            infer(run, "one", new float[] {5, 6}, 4);
            infer(run, "two", new float[] {5, 6, 7, 8}, 0, 1);
            assertEquals(
                    compilation.memory().peakBytes(), run.accelerator().usage().peakBytes());
            assertTrue(StateMap.persistent(compilation).stream()
                    .noneMatch(entry -> entry.slot().kind() == Slot.Kind.STATE));
        }
    }

    @Test
    void aProgramDoesNotWaitForTheFieldsOfAnother() {
        Sketch model = model();
        CompileOptions options = both(model)
                .withInference(new Inference(
                        "other",
                        step -> step.input("else").sum(),
                        Run.signature(1, Map.of("else", Array.of(Shape.of(1, 3), 1f, 2f, 3f)))));
        try (Run run = Run.open(model, options)) {
            Array sum = Array.zeros(run.session().inferenceType("other"));
            HostBatch batch = Run.batch(1, Map.of("else", Array.of(Shape.of(1, 3), 1f, 2f, 3f)));
            run.session().infer("other", batch, sum.memory());
            assertEquals(6, sum.get(0));
            JavelinException error =
                    assertThrows(JavelinException.class, () -> run.session().infer("one", batch, sum.memory()));
            assertEquals("JVL-DAT-0020", error.code());
            assertTrue(error.problem().contains("'at'") || error.problem().contains("'rows'"), error.problem());
        }
    }

    @Test
    void stateBearsThePathOfItsLayer() {
        Layer holder = new Layer() {
            @Override
            protected Tensor forward(Tensor rows) {
                return rows.graph().state("memory", rows.type()).add(rows);
            }
        };
        Sketch model = model().withChild("inner", holder);
        CompileOptions options =
                CompileOptions.inference(DType.FLOAT32, inference("one", 1, step -> holder.apply(step.input("rows"))));
        Compilation compilation = Compilation.compile(model, options, Fixtures.HALVES, Fixtures.planner());
        assertTrue(compilation.slots().find(Slot.Kind.STATE, "inner.memory").isPresent());
    }

    @Test
    void oneNameWithTwoTypesIsRefused() {
        Sketch model = model();
        CompileOptions options = CompileOptions.inference(
                DType.FLOAT32,
                inference("one", 1, writing(model)),
                inference(
                        "other",
                        1,
                        step -> step.input("rows")
                                .graph()
                                .state("cache", TensorType.of(DType.FLOAT32, 3))
                                .sum()));
        JavelinException error = assertThrows(
                JavelinException.class, () -> Compilation.compile(model, options, Fixtures.HALVES, Fixtures.planner()));
        assertEquals("JVL-ENG-0005", error.code());
        assertTrue(error.remedy().contains("ask for a state under one name with one type"), error.remedy());
    }

    @Test
    void anOldStateIsNotReadAfterItsUpdate() {
        Sketch model = model();
        CompileOptions options = CompileOptions.inference(DType.FLOAT32, inference("one", 1, step -> {
            Tensor rows = step.input("rows");
            Tensor old = rows.graph().state("cache", CACHE);
            Tensor updated = old.writeRows(rows, step.input("at"));
            return updated.add(old);
        }));
        JavelinException error = assertThrows(
                JavelinException.class, () -> Compilation.compile(model, options, Fixtures.HALVES, Fixtures.planner()));
        assertEquals("JVL-ENG-0004", error.code());
        assertTrue(error.problem().contains("after it was updated in place"), error.problem());
    }

    @Test
    void aTrainingOrValidationStepKeepsNoState() {
        Sketch model = Sketch.of((self, step) -> {
                    Tensor w = self.value("w", step);
                    return Sketch.total(w.add(w.graph().state("memory", w.type())));
                })
                .with("w", Shape.scalar());
        Signature rows = Run.signature(1, Map.of("x", Array.of(Shape.of(1), 1f)));
        for (CompileOptions options : List.of(
                CompileOptions.training(DType.FLOAT32, rows, List.of()),
                CompileOptions.inference(DType.FLOAT32).withValidation(rows))) {
            JavelinException error = assertThrows(
                    JavelinException.class,
                    () -> Compilation.compile(model, options, Fixtures.HALVES, Fixtures.planner()));
            assertEquals("JVL-API-0040", error.code());
        }
    }

    /** Attention over a cache, by its kernel and by its decomposition. */
    @Test
    void attentionOverACacheIsItsDecomposition() {
        TensorType cache = TensorType.of(DType.FLOAT64, 2, 2, 9, 3);
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put("queries", TensorType.of(DType.FLOAT64, 2, 4, 12));
        fields.put("rows", TensorType.of(DType.FLOAT64, 2, 4, 6));
        fields.put("at", TensorType.of(DType.INT32, 2, 4));
        CompileOptions options = CompileOptions.inference(
                DType.FLOAT64,
                new Inference(
                        "attend",
                        step -> {
                            Tensor rows = step.input("rows");
                            Tensor at = step.input("at");
                            Tensor keys = rows.graph().state("keys", cache).writeRows(rows, at);
                            Tensor values = rows.graph().state("values", cache).writeRows(rows.square(), at);
                            return step.input("queries").cachedAttention(keys, values, at);
                        },
                        new Signature(2, fields)));
        double[] kernel = attend(options, "decompose", "false");
        double[] primitives = attend(options, "decompose", "true");
        assertArrayEquals(kernel, primitives, 1e-13);
        assertFalse(List.of(kernel).isEmpty());
        assertArrayEquals(new double[12], java.util.Arrays.copyOfRange(kernel, 36, 48), "a query without a position");
    }

    private static double[] attend(CompileOptions options, String... device) {
        Sketch model = model();
        Random random = new Random(5);
        try (Run run = Run.open(model, options, device)) {
            double[] last = {};
            for (int turn = 0; turn < 2; turn++) {
                int from = turn * 4;
                Map<String, Array> fields = Map.of(
                        "queries",
                                Array.of(
                                        DType.FLOAT64,
                                        Shape.of(2, 4, 12),
                                        random.doubles(96).toArray()),
                        "rows",
                                Array.of(
                                        DType.FLOAT64,
                                        Shape.of(2, 4, 6),
                                        random.doubles(48).toArray()),
                        "at", Array.of(Shape.of(2, 4), from, from + 1, from + 2, -1, 0, from, from + 1, from + 2));
                Array result = Array.zeros(run.session().inferenceType());
                run.session().infer(Run.batch(2, fields), result.memory());
                last = result.toDoubles();
            }
            return last;
        }
    }
}
