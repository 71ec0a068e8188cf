package dev.javelin.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Loss;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MlpClassifierTest {

    @Test
    void itHasOneLinearLayerMoreThanHiddenWidths() {
        assertEquals(
                List.of("fc.0.weight", "fc.0.bias", "fc.1.weight", "fc.1.bias", "fc.2.weight", "fc.2.bias"),
                List.copyOf(
                        new MlpClassifier(8, 3, 32, 16).model().allParameters().keySet()));
    }

    @Test
    void featuresAreCastToTheTypeOfTheParameters() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT64, true);
        Map<String, Tensor> fields =
                Map.of("features", graph.value(DType.FLOAT32, 5, 8), "label", graph.value(DType.INT32, 5));
        Loss loss = graph.trace(new MlpClassifier(8, 3, 32), fields);
        assertEquals(TensorType.of(DType.FLOAT64), loss.sum().type());
        assertEquals(1, graph.emitted("cast"));
    }

    @Test
    void theCountInClosedFormIsTheSumOverTheDeclaredParameters() {
        for (String text : List.of("mlp:features=8,classes=3,layers=2,width=16", "mlp:features=8,classes=3,layers=0")) {
            ModelSpec spec = ModelSpec.parse(text);
            long sum = spec.module().model().allParameters().values().stream()
                    .mapToLong(parameter -> parameter.shape().elements())
                    .sum();
            assertEquals(sum, spec.parameters(), text);
        }
    }

    @Test
    void whatTheModelDoesNotSayFollowsFromTheData() {
        MlpSpec open = (MlpSpec) ModelSpec.parse("mlp:width=16");
        assertEquals(ModelSpec.parse("mlp:features=8,classes=3,width=16"), open.completed(8, 3));
        assertEquals(
                "JVL-CFG-0028",
                assertThrows(JavelinException.class, open::module).code());
        assertEquals(
                "JVL-CFG-0028",
                assertThrows(JavelinException.class, open::parameters).code());
        MlpSpec said = (MlpSpec) ModelSpec.parse("mlp:features=8,classes=3");
        assertEquals(
                "JVL-CFG-0028",
                assertThrows(JavelinException.class, () -> said.completed(8, 4)).code());
        MlpSpec number = (MlpSpec) ModelSpec.parse("mlp:task=regression");
        assertEquals(ModelSpec.parse("mlp:task=regression,features=8"), number.completed(8, 1));
    }

    @Test
    void aRegressorHasOneOutputAndALossForEachRow() {
        ShapeGraph graph = new ShapeGraph(DType.FLOAT64, true);
        Map<String, Tensor> fields =
                Map.of("features", graph.value(DType.FLOAT64, 5, 8), "label", graph.value(DType.FLOAT64, 5));
        Loss loss = graph.trace(new MlpRegressor(8, 32), fields);
        assertEquals(TensorType.of(DType.FLOAT64), loss.sum().type());
        assertEquals(
                8 * 32 + 32 + 32 + 1,
                ModelSpec.parse("mlp:task=regression,features=8,width=32").parameters());
    }

    @Test
    void anMlpWithoutOutputWidthIsRefused() {
        assertEquals(
                "JVL-API-0031",
                assertThrows(JavelinException.class, () -> new Mlp(8)).code());
    }
}
