package dev.javelin.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.Trainer;
import dev.javelin.api.trainer.TrainerOptions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorsTest {

    static List<Arguments> misuses() {
        return List.of(
                misuse("JVL-API-0001", () -> DType.of("F31")),
                misuse("JVL-API-0013", () -> new Attention(6, 4, true)),
                misuse("JVL-API-0014", () -> new Dropout(1, 0)),
                misuse("JVL-API-0012", () -> new FusedMatMul(false, false, true, false, false, true)),
                misuse("JVL-CFG-0001", () -> new AdamW(1, 0.9, 1e-8, 0, true)),
                misuse("JVL-CFG-0001", () -> new Sgd(0.9, Double.NaN, false)),
                misuse("JVL-CFG-0002", () -> Schedule.constant(Double.POSITIVE_INFINITY)),
                misuse("JVL-CFG-0003", () -> Precision.of("33-true")),
                misuse("JVL-CFG-0004", () -> Clipping.byNorm(-1)),
                misuse("JVL-CFG-0005", () -> new Clipping(1, 1)),
                misuse("JVL-CFG-0006", () -> new CheckpointOptions(10, 0, 1)),
                misuse("JVL-CFG-0007", () -> TrainerOptions.standard().withAccumulation(3)),
                misuse("JVL-CFG-0007", () -> TrainerOptions.standard().withMaxSteps(0)),
                misuse("JVL-API-0015", () -> Trainer.of(TrainerOptions.standard())));
    }

    private static Arguments misuse(String code, Runnable action) {
        return Arguments.of(code, action);
    }

    @ParameterizedTest
    @MethodSource("misuses")
    void misuseIsRefusedWithACode(String code, Runnable misuse) {
        assertEquals(code, assertThrows(JavelinException.class, misuse::run).code());
    }

    @Test
    void aMessageHoldsCodeProblemPlaceAndRemedy() {
        JavelinException error = new JavelinException("JVL-API-0099", "one is two", "make it one").at("layer h.3");
        assertEquals("JVL-API-0099 one is two (layer h.3). Make it one.", error.getMessage());
        assertEquals("API", error.area());
        assertEquals("make it one", error.remedy());
    }
}
