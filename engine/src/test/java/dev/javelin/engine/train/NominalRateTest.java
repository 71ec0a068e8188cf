package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.SpikeOptions;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.PlannerDouble;
import dev.javelin.spi.device.KernelPlan;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A device is measured, and a step estimated, by its rate in the type that it computes in. */
class NominalRateTest {
    private static final double FLOAT32_RATE = 1e12;
    private static final double BFLOAT16_RATE = 16e12;

    /** Memory and launches that cost next to nothing, so that products are what a step's time is made of. */
    private static final PlannerDouble DEVICE = new PlannerDouble() {
        @Override
        public Rates rates() {
            return new Rates(FLOAT32_RATE, 1e30, 0);
        }

        @Override
        public double flopsPerSecond(DType dtype) {
            return dtype == DType.BFLOAT16 ? BFLOAT16_RATE : FLOAT32_RATE;
        }

        /** With kernels in 16 bits, which the CPU has not. */
        @Override
        public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
            return super.plan(operation, wide(inputs), wide(outputs));
        }

        private List<TensorType> wide(List<TensorType> types) {
            return types.stream()
                    .map(type -> type.withDType(type.dtype().wide()))
                    .toList();
        }
    };

    private static Compilation compile(Precision precision) {
        return Compilation.compile(
                Fixtures.gpt("layers=1,width=64,heads=2,vocab=64,block=16"),
                CompileOptions.training(
                        precision.plan(), Fixtures.tokens(4, 16), ParameterGroup.all(new Sgd(0, 0, false))),
                Fixtures.HALVES,
                DEVICE);
    }

    private static double most(Precision precision) {
        Gauges gauges = new Gauges(compile(precision), new SampleOrder(1, 8), SpikeOptions.standard());
        return gauges.work(1, 0, 4, 64, new Clock(0)).deviceFlopsPerSecond();
    }

    @Test
    void whatADeviceDoesAtMostIsItsRateInTheTypeOfProducts() {
        assertEquals(FLOAT32_RATE, most(Precision.TRUE_32));
        assertEquals(BFLOAT16_RATE, most(Precision.BF16_MIXED));
        assertEquals(BFLOAT16_RATE, most(Precision.BF16_TRUE));
    }

    @Test
    void aStepOfFasterProductsIsEstimatedToTakeLess() {
        double wide = compile(Precision.TRUE_32).estimatedStepSeconds();
        double narrow = compile(Precision.BF16_TRUE).estimatedStepSeconds();
        assertTrue(wide > 0);
        assertTrue(narrow < wide / 4, narrow + " s in 16 bits, " + wide + " s in 32");
    }
}
