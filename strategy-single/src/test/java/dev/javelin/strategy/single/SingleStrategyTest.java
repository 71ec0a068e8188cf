package dev.javelin.strategy.single;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.spi.Options;
import dev.javelin.spi.Spi;
import dev.javelin.spi.strategy.Mesh;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ModelInventory.LayerInfo;
import dev.javelin.spi.strategy.ModelInventory.ParameterInfo;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Placement;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.StateKind;
import dev.javelin.spi.strategy.StrategyProvider;
import dev.javelin.spi.strategy.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class SingleStrategyTest {

    /** A model written layer by layer: path, type, then names of the parameters with 10 elements each. */
    private static final class Model {
        private final List<ParameterInfo> parameters = new ArrayList<>();
        private final List<LayerInfo> layers = new ArrayList<>();

        Model layer(String path, String type, String... names) {
            List<String> paths = new ArrayList<>();
            for (String name : names) {
                String full = path.isEmpty() ? name : path + "." + name;
                paths.add(full);
                parameters.add(new ParameterInfo(full, Shape.of(10), DType.FLOAT32, true, "default"));
            }
            layers.add(new LayerInfo(path, type, paths));
            return this;
        }

        ModelInventory inventory() {
            return new ModelInventory(parameters, layers);
        }
    }

    private record Context(Mesh mesh) implements PlanContext {
        @Override
        public long deviceBudgetBytes() {
            return Long.MAX_VALUE;
        }

        @Override
        public int accumulation() {
            return 1;
        }

        @Override
        public PrecisionPlan precision() {
            return Precision.TRUE_32.plan();
        }

        @Override
        public PlanReport evaluate(ParallelPlan plan) {
            throw new AssertionError("strategy single has nothing to search for");
        }
    }

    private static ParallelPlan plan(Model model) {
        return new SingleProvider()
                .strategy(Options.none("strategy.single"))
                .plan(model.inventory(), new Context(Mesh.single()));
    }

    private static Map<String, List<String>> units(Model model) {
        Map<String, List<String>> units = new java.util.LinkedHashMap<>();
        for (Unit unit : plan(model).units()) {
            units.put(unit.name(), unit.parameters());
        }
        return units;
    }

    private static Model block(Model model, String path) {
        return model.layer(path, "Block")
                .layer(path + ".ln", "LayerNorm", "scale", "shift")
                .layer(path + ".fc", "Linear", "weight", "bias")
                .layer(path + ".proj", "Linear", "weight", "bias");
    }

    private static Model gpt(String blocks, int count) {
        Model model =
                new Model().layer("", "Gpt").layer("wte", "Embedding", "weight").layer("wpe", "Embedding", "weight");
        for (int i = 0; i < count; i++) {
            block(model, blocks + i);
        }
        return model.layer("ln_f", "LayerNorm", "scale", "shift");
    }

    @Test
    void theServiceLoaderFindsItByName() {
        SingleStrategyTest.class.getModule().addUses(StrategyProvider.class);
        StrategyProvider found = ServiceLoader.load(StrategyProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(p -> p.name().equals("single"))
                .findFirst()
                .orElseThrow();
        assertInstanceOf(SingleProvider.class, found);
        assertEquals(Spi.MAJOR, found.spiMajor());
        assertTrue(found.probe().available());
    }

    @Test
    void everyBlockIsAUnitAndSoIsEveryLayerBesideThem() {
        Map<String, List<String>> units = units(gpt("h.", 3));
        assertEquals(List.of("wte", "wpe", "h.0", "h.1", "h.2", "ln_f"), List.copyOf(units.keySet()));
        assertEquals(
                List.of(
                        "h.1.ln.scale",
                        "h.1.ln.shift",
                        "h.1.fc.weight",
                        "h.1.fc.bias",
                        "h.1.proj.weight",
                        "h.1.proj.bias"),
                units.get("h.1"));
    }

    @Test
    void blocksInAContainerOfTheirOwnAreFoundToo() {
        Model model =
                new Model().layer("", "Gpt").layer("wte", "Embedding", "weight").layer("h", "Stack");
        block(block(model, "h.0"), "h.1").layer("head", "Linear", "weight");
        assertEquals(
                List.of("wte", "h.0", "h.1", "head"), List.copyOf(units(model).keySet()));
    }

    @Test
    void aModelInsideAWrapperIsCutAtItsBlocks() {
        Model model = new Model().layer("", "Wrapper").layer("net", "Gpt");
        block(block(model, "net.h.0"), "net.h.1").layer("net.ln_f", "LayerNorm", "scale");
        assertEquals(
                List.of("net.h.0", "net.h.1", "net.ln_f"),
                List.copyOf(units(model).keySet()));
    }

    @Test
    void aSingleBlockStaysWhole() {
        assertEquals(
                List.of("wte", "wpe", "h.0", "ln_f"),
                List.copyOf(units(gpt("h.", 1)).keySet()));
    }

    @Test
    void aModelWithoutBlocksIsCutWhereItForks() {
        Model model = new Model()
                .layer("", "Module")
                .layer("mlp", "Mlp")
                .layer("mlp.0", "Linear", "weight", "bias")
                .layer("mlp.1", "Linear", "weight", "bias");
        assertEquals(List.of("mlp.0", "mlp.1"), List.copyOf(units(model).keySet()));
    }

    @Test
    void parametersDeclaredAboveTheCutFormAUnitOfTheirLayer() {
        Model model = new Model().layer("", "Net", "temperature").layer("h", "Stack", "gain");
        block(block(model, "h.0"), "h.1");
        Map<String, List<String>> units = units(model);
        assertEquals(List.of("temperature"), units.get("root"));
        assertEquals(List.of("h.gain"), units.get("h"));
    }

    @Test
    void everyParameterIsInExactlyOneUnit() {
        Model model = gpt("h.", 4);
        List<String> all =
                model.inventory().parameters().stream().map(ParameterInfo::path).toList();
        List<String> planned =
                units(model).values().stream().flatMap(List::stream).sorted().toList();
        assertEquals(all.stream().sorted().toList(), planned);
    }

    @Test
    void aLayerThatIsItsOwnParameterHolderMakesOneUnit() {
        Model model = new Model().layer("", "Linear", "weight", "bias");
        assertEquals(Map.of("root", List.of("weight", "bias")), units(model));
    }

    @Test
    void aModelWithoutParametersHasNoUnits() {
        assertEquals(List.of(), plan(new Model().layer("", "Nothing")).units());
    }

    @Test
    void allStateIsReplicatedOnTheDevice() {
        ParallelPlan plan = plan(gpt("h.", 2));
        for (StateKind kind : StateKind.values()) {
            assertEquals(Placement.replicated(), plan.placement(kind));
        }
        assertEquals(ParallelPlan.Release.NEVER, plan.release());
        assertEquals(ParallelPlan.Reduction.LAST, plan.reduction());
    }

    @Test
    void moreThanOneRankIsRefusedWithTheNameOfAStrategyThatServes() {
        Context context = new Context(Mesh.of(Map.of("data", 4)));
        JavelinException e = assertThrows(
                JavelinException.class,
                () -> new SingleStrategy().plan(gpt("h.", 2).inventory(), context));
        assertEquals("JVL-STR-0010", e.code());
        assertTrue(e.remedy().contains("ddp"), e.remedy());
    }

    @Test
    void itTakesNoOptions() {
        Options options = new Options("strategy.single", Map.of("bucketBytes", "1"));
        assertEquals(
                "JVL-CFG-0009",
                assertThrows(JavelinException.class, () -> new SingleProvider().strategy(options))
                        .code());
    }
}
