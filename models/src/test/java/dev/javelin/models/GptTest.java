package dev.javelin.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GptTest {
    private static final GptSpec TIED = new GptSpec(2, 32, 2, 65, 16, true, 0);
    private static final GptSpec UNTIED = new GptSpec(2, 32, 2, 65, 16, false, 0);

    private static long elements(Layer model) {
        return model.allParameters().values().stream()
                .mapToLong(parameter -> parameter.shape().elements())
                .sum();
    }

    @Test
    void parametersHaveThePathsAndShapesOfTheGoldenFilesInTheirOrder() {
        List<String> expected = new ArrayList<>(List.of("wte.weight[65, 32]", "wpe.weight[16, 32]"));
        for (int i = 0; i < 2; i++) {
            for (String name : List.of(
                    "ln_1.weight[32]",
                    "ln_1.bias[32]",
                    "attn_qkv.weight[96, 32]",
                    "attn_qkv.bias[96]",
                    "attn_proj.weight[32, 32]",
                    "attn_proj.bias[32]",
                    "ln_2.weight[32]",
                    "ln_2.bias[32]",
                    "mlp_fc.weight[128, 32]",
                    "mlp_fc.bias[128]",
                    "mlp_proj.weight[32, 128]",
                    "mlp_proj.bias[32]")) {
                expected.add("h." + i + "." + name);
            }
        }
        expected.addAll(List.of("ln_f.weight[32]", "ln_f.bias[32]"));
        List<String> actual = new Gpt(TIED)
                .allParameters().entrySet().stream()
                        .map(entry -> entry.getKey() + entry.getValue().shape())
                        .toList();
        assertEquals(expected, actual);
    }

    @Test
    void anUntiedHeadAddsOneMatrixWithoutBias() {
        Map<String, Parameter> tied = new Gpt(TIED).allParameters();
        Map<String, Parameter> untied = new Gpt(UNTIED).allParameters();
        assertEquals(tied.size() + 1, untied.size());
        assertEquals(Shape.of(65, 32), untied.get("head.weight").shape());
    }

    @Test
    void gpt2OfThePaperHas124439808Parameters() {
        ModelSpec spec = ModelPreset.of("gpt2-124m").spec();
        assertEquals(124_439_808L, elements(spec.module().model()));
        assertEquals(124_439_808L, spec.parameters());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"small", "baby", "gpt:layers=3,width=6,heads=2,vocab=7,block=5,tied=true", "gpt:width=8,heads=8"
            })
    void theCountInClosedFormIsTheSumOverTheDeclaredParameters(String text) {
        ModelSpec spec = ModelSpec.parse(text);
        assertEquals(elements(spec.module().model()), spec.parameters());
    }

    @Test
    void logitsHaveOneScorePerTokenOfTheVocabularyTiedOrNot() {
        for (GptSpec spec : List.of(TIED, UNTIED)) {
            ShapeGraph graph = new ShapeGraph(DType.FLOAT32, true);
            Tensor logits = new Gpt(spec).apply(graph.value(DType.INT32, 4, 16));
            assertEquals(TensorType.of(DType.FLOAT32, 4, 16, 65), logits.type());
        }
    }

    @Test
    void sequencesMayBeShorterThanTheBlock() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT32, true);
        Tensor logits = new Gpt(TIED).apply(graph.value(DType.INT32, 4, 5));
        assertEquals(Shape.of(4, 5, 65), logits.shape());
    }

    @Test
    void sequencesLongerThanTheBlockAreRefused() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT32, true);
        Tensor tokens = graph.value(DType.INT32, 4, 17);
        JavelinException error = assertThrows(JavelinException.class, () -> new Gpt(TIED).apply(tokens));
        assertEquals("JVL-API-0030", error.code());
        assertTrue(error.getMessage().contains("17 positions, but the model has 16"), error.getMessage());
    }

    @Test
    void generationAsksForTheLogitsOfChosenTokensOnlyAndKeepsKeysAndValues() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT32, false);
        Tensor logits = TIED.module()
                .nextLogits(
                        graph.value(DType.INT32, 3, 5),
                        graph.value(DType.INT32, 3, 5),
                        graph.value(DType.INT32, 3),
                        16);
        assertEquals(Shape.of(3, 65), logits.shape());
        assertEquals(2L * TIED.layers(), graph.emitted("cache_write"));
        assertEquals(TIED.layers(), graph.emitted("cached_attention"));
        assertEquals(0, graph.emitted("attention"));
    }

    @Test
    void aCacheWithMorePositionsThanTheModelIsRefused() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT32, false);
        JavelinException error = assertThrows(
                JavelinException.class,
                () -> TIED.module()
                        .nextLogits(
                                graph.value(DType.INT32, 1, 1),
                                graph.value(DType.INT32, 1, 1),
                                graph.value(DType.INT32, 1),
                                17));
        assertEquals("JVL-API-0030", error.code());
    }

    @Test
    void theLossIsAScalarSumWithItsWeightInTheTypeOfTheParameters() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT64, true);
        Map<String, Tensor> fields =
                Map.of("tokens", graph.value(DType.INT32, 4, 16), "targets", graph.value(DType.INT32, 4, 16));
        Loss loss = graph.trace(TIED.module(), fields);
        assertEquals(TensorType.of(DType.FLOAT64), loss.sum().type());
        assertEquals(TensorType.of(DType.FLOAT64), loss.weight().type());
    }

    @Test
    void dropoutIsWrittenAfterTheEmbeddingsAndBothOutputsOfEachBlockAndOnlyInTraining() {
        Gpt model = new Gpt(new GptSpec(3, 32, 2, 65, 16, true, 0.1));
        ShapeGraph training = new ShapeGraph(DType.FLOAT32, true);
        model.apply(training.value(DType.INT32, 4, 16));
        assertEquals(1 + 2 * 3, training.emitted("dropout"));
        ShapeGraph evaluation = new ShapeGraph(DType.FLOAT32, false);
        model.apply(evaluation.value(DType.INT32, 4, 16));
        assertEquals(0, evaluation.emitted("dropout"));
    }

    @Test
    void weightsStartNormalWithDeviation002AndResidualProjectionsSmallerByTheRootOfTwiceTheLayers() {
        Map<String, Parameter> all = new Gpt(new GptSpec(8, 32, 2, 65, 16, true, 0)).allParameters();
        assertEquals(0.02, deviation(all, "wte.weight"), 0.001);
        assertEquals(0.02, deviation(all, "h.3.attn_qkv.weight"), 0.001);
        assertEquals(0.02, deviation(all, "h.3.mlp_fc.weight"), 0.001);
        assertEquals(0.005, deviation(all, "h.3.attn_proj.weight"), 0.0003);
        assertEquals(0.005, deviation(all, "h.3.mlp_proj.weight"), 0.0003);
        assertEquals(0, deviation(all, "h.3.mlp_proj.bias"));
        assertEquals(0, deviation(all, "h.3.ln_1.bias"));
        assertEquals(1, deviation(all, "h.3.ln_1.weight"));
    }

    private static double deviation(Map<String, Parameter> all, String path) {
        Parameter parameter = all.get(path);
        Initializer.Source source = new Initializer.Source(7, path);
        double squares = LongStream.range(0, parameter.shape().elements())
                .mapToDouble(i -> parameter.initializer().value(source, i))
                .map(x -> x * x)
                .sum();
        return Math.sqrt(squares / parameter.shape().elements());
    }

    @Test
    void layersAreNamedByTheirPathInTheTree() {
        List<String> paths = new ArrayList<>();
        new Gpt(TIED).visit((path, layer) -> paths.add(path));
        List<String> block = List.of("h.0", "h.0.ln_1", "h.0.attn_qkv", "h.0.attn_proj", "h.0.ln_2", "h.0.mlp_fc");
        assertEquals(List.of("", "wte", "wpe"), paths.subList(0, 3));
        assertEquals(block, paths.subList(3, 9));
        assertEquals("ln_f", paths.getLast());
    }
}
