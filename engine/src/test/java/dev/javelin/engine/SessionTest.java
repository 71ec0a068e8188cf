package dev.javelin.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.spi.device.Accelerator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionTest {
    private static final String TINY = "layers=2,width=24,heads=3,vocab=31,block=9";

    private static CompileOptions options(DType dtype) {
        return CompileOptions.training(dtype, Fixtures.tokens(4, 9), ParameterGroup.noDecayForVectors(AdamW.standard()))
                .withClipping(Clipping.byNorm(1));
    }

    private static Map<String, double[]> trained(CompileOptions options, int steps, String... device) {
        Compilation compilation =
                Compilation.compile(Fixtures.gpt(TINY), options, Fixtures.HALVES, Fixtures.planner(device));
        try (Accelerator accelerator = Fixtures.device(device);
                Session session = Session.open(
                        compilation, accelerator, SessionOptions.standard().withPoison(true))) {
            session.initialize(7);
            for (int step = 1; step <= steps; step++) {
                List<HostBatch> batches = new ArrayList<>();
                int count = options.accumulation();
                for (int micro = 0; micro < count; micro++) {
                    batches.add(Fixtures.randomTokens(4, 9, 31, step * 10L + micro));
                }
                assertTrue(session.train(step, 1e-2, 7, batches).finite());
            }
            assertEquals(
                    compilation.memory().peakBytes(), accelerator.usage().peakBytes(), "predicted = measured peak");
            return Fixtures.state(session);
        }
    }

    @Test
    void theLossOfARepeatedBatchFalls() {
        Compilation compilation =
                Compilation.compile(Fixtures.gpt(TINY), options(DType.FLOAT64), Fixtures.HALVES, Fixtures.planner());
        try (Accelerator accelerator = Fixtures.device();
                Session session = Session.open(compilation, accelerator, SessionOptions.standard())) {
            session.initialize(1);
            HostBatch batch = Fixtures.randomTokens(4, 9, 31, 5);
            double first = session.train(1, 1e-2, 1, List.of(batch)).loss();
            double last = first;
            for (int step = 2; step <= 30; step++) {
                last = session.train(step, 1e-2, 1, List.of(batch)).loss();
            }
            assertEquals(Math.log(31), first, 0.1);
            assertTrue(last < first - 1, first + " to " + last);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void fusedAndDecomposedProgramsAgree(int accumulation) {
        CompileOptions options = options(DType.FLOAT64).withAccumulation(accumulation);
        Map<String, double[]> fused = trained(options, 3);
        Map<String, double[]> decomposed = trained(options, 3, "decompose", "true");
        fused.forEach((key, values) -> assertArrayEquals(values, decomposed.get(key), 1e-10, key));
    }

    @Test
    void poisonedTemporariesAndMeasuredPeaksHoldInSinglePrecision() {
        trained(options(DType.FLOAT32).withAccumulation(2), 2);
    }
}
