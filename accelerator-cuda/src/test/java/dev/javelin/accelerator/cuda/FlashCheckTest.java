package dev.javelin.accelerator.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flash attention is looked at on the GPU before it is used, and what is wrong is found. */
class FlashCheckTest {
    private static EmulatedGpu gpu;

    @BeforeAll
    static void open() {
        gpu = new EmulatedGpu(Map.of());
    }

    @AfterAll
    static void close() {
        gpu.close();
    }

    private static List<float[]> run(Operation operation, List<TensorType> types, List<float[]> inputs) {
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            float[] numbers = inputs.get(i);
            values.add(Value.generate(types.get(i), at -> numbers[at]));
        }
        return gpu.device().run(operation, values.toArray(Value[]::new)).stream()
                .map(FlashCheckTest::floats)
                .toList();
    }

    private static float[] floats(Value value) {
        float[] numbers = new float[(int) value.type().elements()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) value.at(i);
        }
        return numbers;
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"BFLOAT16", "FLOAT16"})
    void rightKernelsPassInBothTypes(DType dtype) {
        FlashCheck.run(dtype, 64, FlashCheckTest::run);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void rightKernelsPassForHeadsOfTheOtherWidths(int width) {
        FlashCheck.run(DType.BFLOAT16, width, FlashCheckTest::run);
    }

    @Test
    void theDefaultIsFlashAndProvesItselfWhenItIsPrepared() {
        TensorType packed = TensorType.of(DType.BFLOAT16, 1, 8, 3 * 16);
        Case c = new Case(new Attention(1, 1, true), List.of(Value.generate(packed, i -> 0)), Tolerance.CHAINS);
        assertEquals(0, gpu.device().plan(c).workspaceBytes(), "no scores in memory");
        gpu.device().run(c);
    }

    /** Faults that a fragment in the wrong register, a tile in the wrong place or a missed barrier would make. */
    static Stream<Named<Fault>> faults() {
        return Stream.of(
                Named.of(
                        "rows 8 apart changed places",
                        (numbers, width) -> swap(numbers, 40 * width, 48 * width, width)),
                Named.of("two elements of each row changed places", (numbers, width) -> {
                    for (int row = 0; row < numbers.length / width; row++) {
                        swap(numbers, row * width + 1, row * width + 9, 1);
                    }
                }),
                Named.of("the last row was not written", (numbers, width) -> {
                    Arrays.fill(numbers, numbers.length - width, numbers.length, 0);
                }),
                Named.of("one element is no number", (numbers, width) -> numbers[numbers.length / 2] = Float.NaN),
                Named.of("all is a tenth too large", (numbers, width) -> {
                    for (int i = 0; i < numbers.length; i++) {
                        numbers[i] *= 1.1f;
                    }
                }));
    }

    /** What a wrong kernel does to right numbers: rows of a width. */
    interface Fault extends BiConsumer<float[], Integer> {}

    private static void swap(float[] numbers, int a, int b, int count) {
        for (int i = 0; i < count; i++) {
            float kept = numbers[a + i];
            numbers[a + i] = numbers[b + i];
            numbers[b + i] = kept;
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultIsFoundForwardAndBackward(Fault fault) {
        for (Class<? extends Operation> wrong : List.of(Attention.class, AttentionGradient.class)) {
            JavelinException e = assertThrows(
                    JavelinException.class,
                    () -> FlashCheck.run(DType.BFLOAT16, 32, (operation, types, inputs) -> {
                        List<float[]> results = run(operation, types, inputs);
                        if (wrong.isInstance(operation)) {
                            fault.accept(results.getFirst(), 32);
                        }
                        return results;
                    }),
                    wrong.getSimpleName());
            assertEquals("JVL-CUD-0023", e.code());
            assertTrue(e.getMessage().contains("attention=reference"), e.getMessage());
        }
    }

    @Test
    void wrongRowSumsAreFound() {
        JavelinException e = assertThrows(
                JavelinException.class,
                () -> FlashCheck.run(DType.BFLOAT16, 32, (operation, types, inputs) -> {
                    List<float[]> results = run(operation, types, inputs);
                    if (operation instanceof Attention) {
                        swap(results.get(1), 8, 64, 8);
                    }
                    return results;
                }));
        assertTrue(e.getMessage().contains("row sums"), e.getMessage());
    }
}
