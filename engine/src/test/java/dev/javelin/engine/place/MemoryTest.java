package dev.javelin.engine.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.Optimizer;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.engine.Array;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.trace.Signature;
import dev.javelin.models.ModelSpec;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Predicted = measured bytes, and temporaries near their bound, over a matrix of models and settings. */
class MemoryTest {
    private static final double LIMIT = 1.03;

    private static final List<String> MODELS = List.of(
            "gpt:layers=1,width=8,heads=1,vocab=11,block=3",
            "gpt:layers=2,width=24,heads=3,vocab=31,block=9,tied=true",
            "gpt:layers=5,width=16,heads=4,vocab=65,block=7,dropout=0.1",
            "gpt:layers=3,width=40,heads=5,vocab=17,block=12,tied=true,dropout=0.2",
            "mlp:features=5,classes=3,layers=0,width=1",
            "mlp:features=7,classes=4,layers=3,width=33");

    private static final List<Optimizer> OPTIMIZERS = List.of(
            new Sgd(0, 0, false), new Sgd(0.9, 0.01, false), AdamW.standard(), new AdamW(0.9, 0.99, 1e-8, 0.1, false));

    private static final List<Clipping> CLIPPINGS = List.of(Clipping.none(), Clipping.byNorm(1), Clipping.byValue(0.1));

    /** A model and settings. */
    record Setting(String model, long rows, CompileOptions options, List<String> device) {
        Compilation compilation() {
            return Compilation.compile(
                    ModelSpec.parse(model).module(), options, Fixtures.HALVES, Fixtures.planner(devicePairs()));
        }

        String[] devicePairs() {
            return device.toArray(String[]::new);
        }

        @Override
        public String toString() {
            return model + " rows=" + rows + " " + options.dtype() + " accumulation=" + options.accumulation() + " "
                    + (options.groups().isEmpty()
                            ? "no optimizer"
                            : options.groups().getFirst().optimizer().name())
                    + " " + options.clipping() + (options.keepGradients() ? " keepGradients" : "")
                    + (options.averaging().active() ? " averaging" : "")
                    + (options.validate() == null ? "" : " validation")
                    + (options.inferences().isEmpty() ? "" : " inference") + " " + device;
        }
    }

    /** Every pair of choices that matters, by walking all lists at coprime speeds. */
    static Stream<Setting> settings() {
        List<Setting> all = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String model = MODELS.get(i % MODELS.size());
            long rows = List.of(1L, 2L, 5L).get(i / 6 % 3);
            int accumulation = 1 + (i / 2 + i / 18) % 3;
            Optimizer optimizer = OPTIMIZERS.get((i / 3 + i / 6) % OPTIMIZERS.size());
            CompileOptions options = CompileOptions.training(
                            i % 7 < 3 ? DType.FLOAT64 : DType.FLOAT32,
                            signature(model, rows),
                            ParameterGroup.all(optimizer))
                    .withAccumulation(accumulation)
                    .withClipping(CLIPPINGS.get((i / 4 + i / 6) % 3))
                    .withKeepGradients(i % 5 == 0);
            if (i % 4 == 1) {
                options = options.withValidation(signature(model, rows));
            }
            if (i % 3 == 1) {
                options = options.withAveraging(Averaging.ema(0.9));
            }
            if (i % 11 == 3) {
                options = options.withInference(new CompileOptions.Inference(
                        "mean", step -> step.rowWeights().mean(), signature(model, rows)));
            }
            List<String> device = List.of(
                            List.of("kernels", "fast", "threads", "2"),
                            List.of("kernels", "reference"),
                            List.of("kernels", "fast", "decompose", "true"))
                    .get(i / 5 % 3);
            all.add(new Setting(model, rows, options, device));
        }
        return all.stream();
    }

    private static Signature signature(String model, long rows) {
        if (model.startsWith("gpt")) {
            return Fixtures.tokens(
                    rows, Long.parseLong(ModelSpec.parse(model).settings().get("block")));
        }
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put(
                "features",
                TensorType.of(
                        DType.FLOAT32,
                        rows,
                        Long.parseLong(ModelSpec.parse(model).settings().get("features"))));
        fields.put("label", TensorType.of(DType.INT32, rows));
        return new Signature(rows, fields);
    }

    private static HostBatch batch(Signature signature) {
        Map<String, MemorySegment> fields = new LinkedHashMap<>();
        signature.fields().forEach((name, type) -> {
            double[] values = new double[Math.toIntExact(type.elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = type.dtype().floating() ? Math.sin(i + 1) : (i * 7 + 1) % 3;
            }
            fields.put(name, Array.of(type.dtype(), type.shape(), values).memory());
        });
        return new HostBatch(fields, signature.rows(), 0);
    }

    @ParameterizedTest
    @MethodSource("settings")
    void whatIsPredictedIsMeasuredAndNearTheLargestLiveSumAndClosingFreesAll(Setting setting) {
        Compilation compilation = setting.compilation();
        assertNearBound(compilation);
        try (Accelerator accelerator = Fixtures.device(setting.devicePairs())) {
            try (Session session = Session.open(
                    compilation, accelerator, SessionOptions.standard().withPoison(true))) {
                session.initialize(3);
                HostBatch batch = batch(setting.options().train());
                List<HostBatch> batches =
                        java.util.Collections.nCopies(setting.options().accumulation(), batch);
                assertTrue(session.train(1, 1e-3, 3, batches).finite());
                assertTrue(session.train(2, 1e-3, 3, batches).finite());
                if (setting.options().validate() != null) {
                    assertTrue(session.validate(batch).finite());
                }
                if (!setting.options().inferences().isEmpty()) {
                    Array mean = Array.zeros(session.inferenceType());
                    session.infer(batch, mean.memory());
                    assertEquals(1, mean.get(0));
                }
                long predicted = compilation.memory().peakBytes();
                assertEquals(predicted, accelerator.usage().peakBytes(), "peak");
                assertEquals(predicted, accelerator.usage().liveBytes(), "live");
            }
            assertEquals(0, accelerator.usage().liveBytes(), "live after closing");
        }
    }

    private static void assertNearBound(Compilation compilation) {
        compilation.programs().forEach((name, placement) -> {
            assertTrue(placement.bytes() >= placement.liveBytes(), name);
            assertTrue(
                    placement.bytes() <= LIMIT * placement.liveBytes(),
                    name + ": placed " + placement.bytes() + ", live " + placement.liveBytes() + ", ratio "
                            + (double) placement.bytes() / placement.liveBytes());
        });
    }

    static Stream<Setting> largeModels() {
        List<Setting> all = new ArrayList<>();
        for (String model : List.of("baby", "gpt2-124m", "small")) {
            for (boolean decompose : new boolean[] {false, true}) {
                for (int accumulation : decompose ? new int[] {2} : new int[] {1, 3}) {
                    CompileOptions options = CompileOptions.training(
                                    DType.FLOAT32,
                                    Fixtures.tokens(4, 128),
                                    ParameterGroup.noDecayForVectors(AdamW.standard()))
                            .withAccumulation(accumulation)
                            .withClipping(Clipping.byNorm(1));
                    List<String> device = decompose ? List.of("decompose", "true") : List.of();
                    all.add(new Setting(model, 4, options, device));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("largeModels")
    void largeModelsArePlannedNearTheirBoundWithoutADevice(Setting setting) {
        assertNearBound(setting.compilation());
    }

    @ParameterizedTest
    @ValueSource(strings = {"baby", "gpt2-124m"})
    void theNullDevicePlansTheSameModels(String model) {
        DevicePlanner planner = ServiceLoader.load(AcceleratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("null"))
                .findFirst()
                .orElseThrow()
                .planner(Options.none("accelerator.null"));
        CompileOptions options = CompileOptions.training(
                        DType.FLOAT32, Fixtures.tokens(12, 256), ParameterGroup.noDecayForVectors(AdamW.standard()))
                .withClipping(Clipping.byNorm(1))
                .withAccumulation(2);
        assertNearBound(Compilation.compile(ModelSpec.parse(model).module(), options, Fixtures.HALVES, planner));
    }
}
