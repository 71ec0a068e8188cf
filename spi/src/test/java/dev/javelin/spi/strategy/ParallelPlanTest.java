package dev.javelin.spi.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.api.JavelinException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ParallelPlanTest {
    private final ParallelPlan replicated =
            ParallelPlan.of(List.of(new Unit("h.0", List.of("h.0.weight")), new Unit("h.1", List.of("h.1.weight"))));

    private static String code(Runnable action) {
        return assertThrows(JavelinException.class, action::run).code();
    }

    @Test
    void aPlanStartsWithEverythingReplicatedOnTheDevice() {
        for (StateKind kind : StateKind.values()) {
            assertEquals(Placement.replicated(), replicated.placement(kind));
        }
        assertEquals(ParallelPlan.Reduction.LAST, replicated.reduction());
    }

    @Test
    void theRowsOfTheStrategyTableAreLegal() {
        ParallelPlan zero1 = replicated.withPlacement(StateKind.OPTIMIZER, Placement.sharded("data"));
        ParallelPlan zero2 = zero1.withPlacement(StateKind.GRADIENT, Placement.sharded("data"))
                .withReduction(ParallelPlan.Reduction.EACH);
        ParallelPlan zero3 = zero2.withPlacement(StateKind.PARAM, Placement.sharded("data"))
                .withRelease(ParallelPlan.Release.AFTER_FORWARD);
        assertEquals(Set.of("data"), zero3.placement(StateKind.PARAM).axes());
        assertEquals(Set.of(), zero1.placement(StateKind.PARAM).axes(), "a plan changes by copying");
    }

    @Test
    void parametersAndGradientsAreNotMoreShardedThanTheOptimizer() {
        assertEquals("JVL-STR-0004", code(() -> replicated.withPlacement(StateKind.PARAM, Placement.sharded("data"))));
        assertEquals(
                "JVL-STR-0004", code(() -> replicated.withPlacement(StateKind.GRADIENT, Placement.sharded("data"))));
    }

    @Test
    void everyKindOfStateIsPlaced() {
        assertEquals(
                "JVL-STR-0003",
                code(() -> new ParallelPlan(
                        List.of(),
                        Map.of(StateKind.PARAM, Placement.replicated()),
                        ParallelPlan.Reduction.LAST,
                        ParallelPlan.Release.NEVER,
                        ParallelPlan.Activation.KEEP,
                        List.of(Stage.reducing("reduce")),
                        ParallelPlan.Unused.ALLOW,
                        Optional.empty())));
    }

    @Test
    void aParameterIsInOneUnit() {
        assertEquals(
                "JVL-STR-0005",
                code(() -> ParallelPlan.of(List.of(new Unit("a", List.of("w")), new Unit("b", List.of("w"))))));
    }

    @Test
    void unitsHaveNamesOfTheirOwn() {
        assertEquals(
                "JVL-STR-0007",
                code(() -> ParallelPlan.of(List.of(new Unit("a", List.of("v")), new Unit("a", List.of("w"))))));
    }

    @Test
    void aMeshHasNamedAxes() {
        Map<String, Integer> axes = new LinkedHashMap<>();
        axes.put("replicate", 2);
        axes.put("shard", 4);
        Mesh mesh = Mesh.of(axes);
        assertEquals(8, mesh.size());
        assertEquals(4, mesh.size("shard"));
        assertEquals(List.of("replicate", "shard"), List.copyOf(mesh.axes().keySet()));
        assertEquals("JVL-STR-0002", code(() -> mesh.size("tensor")));
        assertEquals("JVL-STR-0001", code(() -> Mesh.of(Map.of("data", 0))));
        assertEquals(1, Mesh.single().size());
    }
}
