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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LlamaTest {
    private static final LlamaSpec TINY = LlamaSpec.of(2, 32, 4, 2, 88, 65, 16);

    private static long elements(Layer model) {
        return model.allParameters().values().stream()
                .mapToLong(parameter -> parameter.shape().elements())
                .sum();
    }

    @Test
    void parametersHaveThePathsAndShapesOfTheGoldenFilesInTheirOrder() {
        List<String> expected = new ArrayList<>(List.of("embed_tokens.weight[65, 32]"));
        for (int i = 0; i < 2; i++) {
            for (String name : List.of(
                    "input_layernorm.weight[32]",
                    "q_proj.weight[32, 32]",
                    "k_proj.weight[16, 32]",
                    "v_proj.weight[16, 32]",
                    "o_proj.weight[32, 32]",
                    "post_attention_layernorm.weight[32]",
                    "gate_proj.weight[88, 32]",
                    "up_proj.weight[88, 32]",
                    "down_proj.weight[32, 88]")) {
                expected.add("layers." + i + "." + name);
            }
        }
        expected.addAll(List.of("norm.weight[32]", "lm_head.weight[65, 32]"));
        List<String> actual = new Llama(TINY)
                .allParameters().entrySet().stream()
                        .map(entry -> entry.getKey() + entry.getValue().shape())
                        .toList();
        assertEquals(expected, actual);
    }

    @Test
    void aTiedModelHasNoHeadOfItsOwn() {
        LlamaSpec tied = TINY.with(Map.of("tied", "true"));
        assertTrue(new Llama(tied).allParameters().keySet().stream().noneMatch(path -> path.startsWith("lm_head")));
        ShapeGraph graph = new ShapeGraph(DType.FLOAT32, true);
        assertEquals(
                Shape.of(4, 16, 65),
                new Llama(tied).apply(graph.value(DType.INT32, 4, 16)).shape());
    }

    @ParameterizedTest
    @CsvSource({"tinyllama-1.1b,1100048384", "llama2-7b,6738415616", "llama3-8b,8030261248"})
    void publishedModelsHaveTheirPublishedNumberOfParameters(String name, long parameters) {
        ModelSpec spec = ModelPreset.of(name).spec();
        assertEquals(parameters, spec.parameters());
        assertEquals(parameters, elements(spec.module().model()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-small",
                "llama-baby",
                "llama:layers=3,width=24,heads=6,kvHeads=3,ff=5,vocab=7,block=5",
                "llama:width=16,heads=8,tied=true"
            })
    void theCountInClosedFormIsTheSumOverTheDeclaredParameters(String text) {
        ModelSpec spec = ModelSpec.parse(text);
        assertEquals(elements(spec.module().model()), spec.parameters());
    }

    @Test
    void trainingFlopsLeaveOutATableThatIsOnlyLookedUp() {
        double blocksAndHead = TINY.parameters() - 65.0 * 32;
        assertEquals(6 * blocksAndHead + 12.0 * 2 * 32 * 16, TINY.trainingFlops(16));
        LlamaSpec tied = TINY.with(Map.of("tied", "true"));
        assertEquals(TINY.trainingFlops(16), tied.trainingFlops(16));
    }

    @Test
    void logitsHaveOneScorePerTokenOfTheVocabularyForAnyLengthUpToTheBlock() {
        for (long positions : new long[] {1, 5, 16}) {
            ShapeGraph graph = new ShapeGraph(DType.FLOAT64, true);
            Tensor logits = new Llama(TINY).apply(graph.value(DType.INT32, 4, positions));
            assertEquals(TensorType.of(DType.FLOAT64, 4, positions, 65), logits.type());
        }
    }

    @Test
    void sequencesLongerThanTheBlockAreRefused() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT32, true);
        Tensor tokens = graph.value(DType.INT32, 4, 17);
        JavelinException error = assertThrows(JavelinException.class, () -> new Llama(TINY).apply(tokens));
        assertEquals("JVL-API-0030", error.code());
        assertTrue(error.getMessage().contains("llama: sequences of 17 positions"), error.getMessage());
    }

    @Test
    void generationAsksForTheLogitsOfChosenTokensOnlyAndKeepsFewerKeyHeads() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT32, false);
        Tensor tokens = graph.value(DType.INT32, 3, 5);
        Tensor positions = graph.value(DType.INT32, 3, 5);
        Tensor logits = TINY.module().nextLogits(tokens, positions, graph.value(DType.INT32, 3), 16);
        assertEquals(Shape.of(3, 65), logits.shape());
        assertEquals(2L * TINY.layers(), graph.emitted("cache_write"));
        assertEquals(TINY.layers(), graph.emitted("cached_attention"));
        assertEquals(1, graph.emitted("cos"), "angles once for all blocks");
        assertEquals(0, graph.emitted("attention"));
    }

    @Test
    void anglesAreComputedOnceForAllBlocksAndNormsAreTwoABlockAndOne() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT32, true);
        new Llama(TINY).apply(graph.value(DType.INT32, 4, 16));
        assertEquals(1, graph.emitted("cos"));
        assertEquals(2, graph.emitted("rotary"));
        assertEquals(5, graph.emitted("rms_norm"));
        assertEquals(2, graph.emitted("swiglu"));
        assertEquals(4 * 2 + 1, graph.emitted("matmul"));
    }

    @Test
    void dropoutIsWrittenAfterTheEmbeddingAndBothOutputsOfEachBlockAndOnlyInTraining() {
        Llama model = new Llama(TINY.with(Map.of("dropout", "0.1")));
        ShapeGraph training = new ShapeGraph(DType.FLOAT32, true);
        model.apply(training.value(DType.INT32, 4, 16));
        assertEquals(1 + 2 * 2, training.emitted("dropout"));
        ShapeGraph evaluation = new ShapeGraph(DType.FLOAT32, false);
        model.apply(evaluation.value(DType.INT32, 4, 16));
        assertEquals(0, evaluation.emitted("dropout"));
    }

    @Test
    void theLossIsAScalarSumWithItsWeightInTheTypeOfTheParameters() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT64, true);
        Map<String, Tensor> fields =
                Map.of("tokens", graph.value(DType.INT32, 4, 16), "targets", graph.value(DType.INT32, 4, 16));
        Loss loss = graph.trace(TINY.module(), fields);
        assertEquals(TensorType.of(DType.FLOAT64), loss.sum().type());
        assertEquals(TensorType.of(DType.FLOAT64), loss.weight().type());
    }

    @Test
    void weightsStartNormalWithDeviation002AndResidualProjectionsSmallerByTheRootOfTwiceTheLayers() {
        Map<String, Parameter> all = new Llama(LlamaSpec.of(8, 64, 4, 4, 128, 65, 16)).allParameters();
        for (String path : List.of("embed_tokens", "lm_head", "layers.3.k_proj", "layers.3.gate_proj")) {
            assertEquals(0.02, deviation(all, path + ".weight"), 0.001, path);
        }
        assertEquals(0.005, deviation(all, "layers.3.o_proj.weight"), 0.0003);
        assertEquals(0.005, deviation(all, "layers.3.down_proj.weight"), 0.0003);
        assertEquals(1, deviation(all, "layers.3.input_layernorm.weight"));
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
}
