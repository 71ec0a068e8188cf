package dev.javelin.api.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lightning's names of precisions, and the types behind them. */
class PrecisionTest {

    @ParameterizedTest
    @CsvSource({
        "32-true,TRUE_32",
        "32,TRUE_32",
        "64-true,TRUE_64",
        "64,TRUE_64",
        "16-mixed,MIXED_16",
        "16,MIXED_16",
        "bf16-mixed,BF16_MIXED",
        "bf16,BF16_MIXED",
        "16-true,TRUE_16",
        "bf16-true,BF16_TRUE"
    })
    void lightningsNamesAndAliasesAreKnown(String name, Precision expected) {
        assertEquals(expected, Precision.of(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"transformer-engine", "33-true", "fp16", "BF16", "8", ""})
    void anotherNameIsRefusedWithThoseThatThereAre(String name) {
        JavelinException error = assertThrows(JavelinException.class, () -> Precision.of(name));
        assertEquals("JVL-CFG-0003", error.code());
        assertTrue(error.remedy().contains("bf16-mixed") && error.remedy().contains("16-true"), error.remedy());
    }

    @ParameterizedTest
    @CsvSource({
        "TRUE_32,FLOAT32,FLOAT32,FLOAT32,FLOAT32,FLOAT32,NONE",
        "TRUE_64,FLOAT64,FLOAT64,FLOAT64,FLOAT64,FLOAT64,NONE",
        "BF16_TRUE,BFLOAT16,BFLOAT16,BFLOAT16,BFLOAT16,BFLOAT16,NONE",
        "TRUE_16,FLOAT16,FLOAT16,FLOAT32,FLOAT16,FLOAT16,DYNAMIC",
        "BF16_MIXED,BFLOAT16,FLOAT32,FLOAT32,FLOAT32,FLOAT32,NONE",
        "MIXED_16,FLOAT16,FLOAT32,FLOAT32,FLOAT32,FLOAT32,DYNAMIC"
    })
    void eachHasItsTypes(
            Precision precision,
            DType compute,
            DType master,
            DType slots,
            DType gradients,
            DType reduce,
            LossScaling.Kind scaling) {
        PrecisionPlan plan = precision.plan();
        assertEquals(compute, plan.compute());
        assertEquals(master, plan.master());
        assertEquals(slots, plan.slots());
        assertEquals(gradients, plan.gradAccum());
        assertEquals(reduce, plan.reduce());
        assertEquals(scaling, plan.scaling().kind());
        assertEquals(compute != master, plan.mixed());
    }

    private static void refused(String code, Executable making) {
        assertEquals(code, assertThrows(JavelinException.class, making).code());
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void typesThatDoNotFitTogetherAreRefused(Precision precision) {
        PrecisionPlan plan = precision.plan();
        refused("JVL-CFG-0032", () -> plan.withSlots(DType.INT32));
        refused(
                "JVL-CFG-0032",
                () -> plan.withGradAccum(plan.master() == DType.FLOAT64 ? DType.FLOAT32 : DType.FLOAT64));
        refused("JVL-CFG-0032", () -> plan.withReduce(plan.master() == DType.FLOAT64 ? DType.FLOAT32 : DType.FLOAT64));
        DType other = plan.compute() == DType.BFLOAT16 ? DType.FLOAT16 : DType.BFLOAT16;
        refused("JVL-CFG-0032", () -> plan.withGradAccum(other));
        if (plan.compute() != DType.FLOAT16) {
            refused("JVL-CFG-0032", () -> plan.withScaling(LossScaling.dynamic()));
        }
        refused(
                "JVL-CFG-0007",
                () -> TrainerOptions.standard()
                        .withPrecision(precision)
                        .withTypes(PrecisionPlan.all(plan.master() == DType.FLOAT64 ? DType.FLOAT32 : DType.FLOAT64)));
    }

    @Test
    void whatCanBeChangedIsChanged() {
        PrecisionPlan mixed =
                Precision.BF16_MIXED.plan().withGradAccum(DType.BFLOAT16).withReduce(DType.BFLOAT16);
        assertEquals(DType.BFLOAT16, mixed.gradAccum());
        assertEquals(DType.FLOAT32, mixed.slots());
        assertEquals(
                DType.FLOAT32,
                Precision.BF16_TRUE.plan().withSlots(DType.FLOAT32).slots());
        TrainerOptions options =
                TrainerOptions.standard().withPrecision(Precision.BF16_MIXED).withTypes(mixed);
        assertEquals(mixed, options.types());
        assertEquals(
                Precision.TRUE_32.plan(),
                options.withPrecision(Precision.TRUE_32).types());
    }

    @Test
    void lossScalesAreChecked() {
        refused("JVL-CFG-0033", () -> LossScaling.dynamic().withWindow(0));
        refused("JVL-CFG-0033", () -> LossScaling.dynamic().withHysteresis(0));
        refused("JVL-CFG-0033", () -> LossScaling.dynamic().withMinimum(0));
        refused("JVL-CFG-0033", () -> LossScaling.dynamic().withMinimum(1e6));
        refused("JVL-CFG-0033", () -> LossScaling.fixed(-1));
        assertEquals(0.25, LossScaling.dynamic().withInitialPower(-2).minimum(), "not above the initial scale");
    }
}
