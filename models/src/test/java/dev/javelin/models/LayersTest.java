package dev.javelin.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Layers used by themselves, as in a model of one's own. */
class LayersTest {
    private final ShapeGraph graph = new ShapeGraph(DType.FLOAT32, true);
    private final Tensor x = graph.value(DType.FLOAT32, 2, 5, 24);

    private static List<String> parameters(Layer layer) {
        return layer.allParameters().entrySet().stream()
                .map(entry -> entry.getKey() + entry.getValue().shape())
                .toList();
    }

    @Test
    void normsKeepTheShape() {
        assertEquals(x.shape(), new RmsNorm(24).apply(x).shape());
        assertEquals(x.shape(), new LayerNorm(24).apply(x).shape());
        assertEquals(List.of("weight[24]"), parameters(new RmsNorm(24, 1e-6)));
    }

    @Test
    void anAttentionWithGroupedHeadsAndRotaryPositionsHasTheParametersOfItsHeads() {
        SelfAttention layer = SelfAttention.rotary(24, Heads.causal(6).withKvHeads(2), 10_000);
        assertEquals(
                List.of(
                        "q_proj.weight[24, 24]",
                        "k_proj.weight[8, 24]",
                        "v_proj.weight[8, 24]",
                        "o_proj.weight[24, 24]"),
                parameters(layer));
        assertEquals(x.shape(), layer.apply(x).shape());
        assertEquals(1, graph.emitted("rotary"));
        assertEquals(2, graph.emitted("matmul"));
    }

    @Test
    void anAttentionThatKnowsNoPositionsTurnsNothing() {
        new SelfAttention(24, Heads.causal(4).withoutMask()).apply(x);
        assertEquals(0, graph.emitted("rotary"));
        assertEquals(1, graph.emitted("attention"));
    }

    @Test
    void headsThatDoNotFitAreRefused() {
        assertEquals(
                "JVL-API-0013",
                assertThrows(JavelinException.class, () -> Heads.causal(4).withKvHeads(3))
                        .code());
        assertEquals(
                "JVL-API-0032",
                assertThrows(JavelinException.class, () -> new SelfAttention(24, Heads.causal(5)))
                        .code());
    }

    @Test
    void aGatedFeedForwardLayerIsTwoProducts() {
        SwiGlu layer = new SwiGlu(24, 64);
        assertEquals(
                List.of("gate_proj.weight[64, 24]", "up_proj.weight[64, 24]", "down_proj.weight[24, 64]"),
                parameters(layer));
        assertEquals(x.shape(), layer.apply(x).shape());
        assertEquals(2, graph.emitted("matmul"));
        assertEquals(1, graph.emitted("swiglu"));
    }

    @Test
    void joinedLinearLayersGiveTheirOutputsOneAfterTheOther() {
        Initializer ones = Initializer.ones();
        Linear wide = Linear.of(24, 7, ones);
        Linear narrow = Linear.of(24, 3, ones);
        assertEquals(Shape.of(2, 5, 10), Linear.joined(x, wide, narrow).shape());
        assertEquals(
                "JVL-API-0033",
                assertThrows(JavelinException.class, () -> Linear.joined(x, wide, Linear.withoutBias(24, 3, ones)))
                        .code());
    }
}
