package dev.javelin.strategy.ddp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.javelin.spi.strategy.ModelInventory.ParameterInfo;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Placement;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.StateKind;
import dev.javelin.spi.strategy.StrategyProvider;
import dev.javelin.spi.strategy.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The plan as data: buckets, names, options. */
class DdpPlanTest {
    private static final long QUARTER = 1 << 16; // elements of a quarter of a megabyte

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
            throw new AssertionError("strategy ddp has nothing to search for");
        }
    }

    private static ParameterInfo parameter(String path, long elements, boolean trainable, String group) {
        return new ParameterInfo(path, Shape.of(elements), DType.FLOAT32, trainable, group);
    }

    private static ModelInventory model(ParameterInfo... parameters) {
        return new ModelInventory(List.of(parameters), List.of());
    }

    /** Parameters p.0, p.1, … of a quarter of a megabyte each. */
    private static ModelInventory quarters(int count) {
        List<ParameterInfo> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(parameter("p." + i, QUARTER, true, "all"));
        }
        return new ModelInventory(all, List.of());
    }

    private static Options options(String... pairs) {
        Map<String, String> values = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put(pairs[i], pairs[i + 1]);
        }
        return new Options("strategy.ddp", values);
    }

    private static ParallelPlan plan(ModelInventory model, String... options) {
        return new DdpProvider().strategy(options(options)).plan(model, new Context(Mesh.data(4)));
    }

    private static Map<String, List<String>> units(ModelInventory model, String... options) {
        Map<String, List<String>> units = new LinkedHashMap<>();
        for (Unit unit : plan(model, options).units()) {
            units.put(unit.name(), unit.parameters());
        }
        return units;
    }

    private static StrategyProvider provider(String name) {
        DdpPlanTest.class.getModule().addUses(StrategyProvider.class);
        return ServiceLoader.load(StrategyProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no strategy " + name));
    }

    @Test
    void bucketsFillInReverseOrderOfDeclarationAndTheFirstIsSmall() {
        Map<String, List<String>> units = units(quarters(9), "bucketMegabytes", "1", "firstBucketMegabytes", "0.5");
        assertEquals(List.of("bucket.0", "bucket.1", "bucket.2"), List.copyOf(units.keySet()));
        assertEquals(List.of("p.8", "p.7"), units.get("bucket.0"));
        assertEquals(List.of("p.6", "p.5", "p.4", "p.3"), units.get("bucket.1"));
        assertEquals(List.of("p.2", "p.1", "p.0"), units.get("bucket.2"));
    }

    @Test
    void theDefaultsAreThoseOfPyTorch() {
        Map<String, List<String>> units = units(quarters(4 + 100 + 1));
        assertEquals(3, units.size());
        assertEquals(4, units.get("bucket.0").size());
        assertEquals(100, units.get("bucket.1").size());
        assertEquals(List.of("p.0"), units.get("bucket.2"));
    }

    @Test
    void aParameterLargerThanABucketIsNotCut() {
        Map<String, List<String>> units = units(
                model(
                        parameter("table", 40 * QUARTER, true, "all"),
                        parameter("a", QUARTER, true, "all"),
                        parameter("head", 40 * QUARTER, true, "all")),
                "bucketMegabytes",
                "5");
        assertEquals(Map.of("bucket.0", List.of("head"), "bucket.1", List.of("a", "table")), units);
    }

    @Test
    void bucketsOfZeroMegabytesHoldOneParameterEach() {
        assertEquals(6, units(quarters(6), "bucketMegabytes", "0").size());
    }

    @Test
    void aFirstBucketIsNeverLargerThanTheOthersUnlessAskedFor() {
        assertEquals(
                List.of("p.2", "p.1"),
                units(quarters(3), "bucketMegabytes", "0.5").get("bucket.0"));
    }

    @Test
    void optimizerGroupsHaveBucketsOfTheirOwn() {
        Map<String, List<String>> units = units(
                model(
                        parameter("a.weight", QUARTER, true, "matrices"),
                        parameter("a.bias", 4, true, "vectors"),
                        parameter("b.weight", 4 * QUARTER, true, "matrices"),
                        parameter("b.bias", 4, true, "vectors")),
                "bucketMegabytes",
                "1");
        assertEquals(
                Map.of(
                        "bucket.0", List.of("b.weight"),
                        "bucket.1", List.of("b.bias", "a.bias"),
                        "bucket.2", List.of("a.weight")),
                units);
    }

    @Test
    void frozenParametersLieApart() {
        Map<String, List<String>> units = units(model(
                parameter("a", 10, true, "all"), parameter("frozen", 10, false, ""), parameter("b", 10, true, "all")));
        assertEquals(Map.of("bucket.0", List.of("b", "a"), "frozen.0", List.of("frozen")), units);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void everyParameterIsInExactlyOneUnit(int count) {
        List<String> planned = units(quarters(count), "bucketMegabytes", "0.6").values().stream()
                .flatMap(List::stream)
                .toList();
        assertEquals(count, planned.size());
        assertEquals(count, new TreeSet<>(planned).size());
    }

    @Test
    void allStateIsReplicatedAndReducedAfterTheLastMicroBatch() {
        ParallelPlan plan = plan(quarters(3));
        for (StateKind kind : StateKind.values()) {
            assertEquals(Placement.replicated(), plan.placement(kind));
        }
        assertEquals(ParallelPlan.Release.NEVER, plan.release());
        assertEquals(ParallelPlan.Reduction.LAST, plan.reduction());
        assertEquals(ParallelPlan.Unused.REFUSE, plan.unused());
        assertTrue(plan.replicasIdentical());
    }

    @Test
    void oneRankHasTheSamePlan() {
        ParallelPlan one = new DdpProvider().strategy(options()).plan(quarters(9), new Context(Mesh.single()));
        assertEquals(plan(quarters(9)), one);
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false"})
    void unusedParametersAreAllowedByOption(String value) {
        ParallelPlan plan = plan(quarters(1), "findUnusedParameters", value, "staticGraph", value);
        assertEquals(value.equals("true") ? ParallelPlan.Unused.ALLOW : ParallelPlan.Unused.REFUSE, plan.unused());
    }

    @ParameterizedTest
    @CsvSource({
        "ddp, REFUSE",
        "ddp_find_unused_parameters_false, REFUSE",
        "ddp_find_unused_parameters_true, ALLOW",
        "ddp_spawn, REFUSE",
        "ddp_spawn_find_unused_parameters_false, REFUSE",
        "ddp_spawn_find_unused_parameters_true, ALLOW",
        "ddp_fork, REFUSE",
        "ddp_fork_find_unused_parameters_false, REFUSE",
        "ddp_fork_find_unused_parameters_true, ALLOW",
        "ddp_notebook, REFUSE",
        "ddp_notebook_find_unused_parameters_false, REFUSE",
        "ddp_notebook_find_unused_parameters_true, ALLOW"
    })
    void lightningsNamesAreFoundAndSayWhatTheyStandFor(String name, ParallelPlan.Unused unused) {
        StrategyProvider provider = provider(name);
        assertEquals(Spi.MAJOR, provider.spiMajor());
        assertTrue(provider.probe().available());
        assertTrue(name.equals("ddp") || provider.probe().reason().startsWith("ddp"), provider.probe()::reason);
        ParallelPlan plan =
                provider.strategy(options("bucketMegabytes", "1")).plan(quarters(9), new Context(Mesh.data(2)));
        assertEquals(plan(quarters(9), "bucketMegabytes", "1").withUnused(unused), plan);
    }

    @Test
    void aNameAndAnOptionThatContradictEachOtherAreRefused() {
        StrategyProvider provider = provider("ddp_find_unused_parameters_true");
        JavelinException e =
                assertThrows(JavelinException.class, () -> provider.strategy(options("findUnusedParameters", "false")));
        assertEquals("JVL-STR-0011", e.code());
        assertTrue(e.getMessage().contains("ddp_find_unused_parameters_true"), e.getMessage());
        provider.strategy(options("findUnusedParameters", "true"));
    }

    @ParameterizedTest
    @CsvSource({
        "bucketBytes, 1, JVL-CFG-0009",
        "bucketMegabytes, big, JVL-CFG-0008",
        "bucketMegabytes, -1, JVL-CFG-0008",
        "bucketMegabytes, NaN, JVL-CFG-0008",
        "firstBucketMegabytes, 1e9, JVL-CFG-0008",
        "firstBucketMegabytes, 30, JVL-STR-0011",
        "findUnusedParameters, yes, JVL-CFG-0008",
        "staticGraph, 1, JVL-CFG-0008",
        "compression, fp8, JVL-CFG-0008",
        "powerSgdRank, -1, JVL-CFG-0008",
        "powerSgdRank, 1.5, JVL-CFG-0008",
        "powerSgdMinCompressionRate, 2, JVL-STR-0011",
        "powerSgdStartStep, 10, JVL-STR-0011",
        "powerSgdErrorFeedback, true, JVL-STR-0011",
        "powerSgdWarmStart, true, JVL-STR-0011",
        "localSgdPeriod, 4, JVL-STR-0011",
        "localSgdPeriod, 0, JVL-CFG-0008",
        "localSgdStartStep, -1, JVL-CFG-0008",
    })
    void whatIsUnknownIllFormedOrContradictoryIsRefused(String key, String value, String code) {
        DdpProvider provider = new DdpProvider();
        Options options = options(key, value);
        JavelinException e = assertThrows(JavelinException.class, () -> provider.strategy(options));
        assertEquals(code, e.code());
        assertTrue(e.getMessage().contains(key), e.getMessage());
    }

    private static List<String> stages(String... options) {
        return plan(quarters(1), options).stages().stream()
                .map(stage -> stage.name() + " "
                        + stage.reducer().map(r -> r.name() + " ").orElse("")
                        + stage.synchronizer().map(s -> s.name() + " ").orElse("") + stage.gradients() + " from "
                        + stage.fromStep() + " every " + stage.every())
                .toList();
    }

    @Test
    void gradientsAreReducedInOneStageUnlessMoreIsAskedFor() {
        assertEquals(List.of("reduce REDUCED from 1 every 1"), stages());
        assertEquals(List.of("reduce bf16 REDUCED from 1 every 1"), stages("compression", "bf16"));
        assertEquals(
                List.of("powersgd powersgd REDUCED from 1 every 1"),
                stages("powerSgdRank", "1", "powerSgdStartStep", "0"));
        assertEquals(
                List.of("reduce REDUCED from 1 every 1", "powersgd powersgd REDUCED from 1001 every 1"),
                stages("powerSgdRank", "2"));
    }

    @Test
    void compressionPowerSgdAndLocalSgdCompose() {
        assertEquals(
                List.of(
                        "reduce fp16 REDUCED from 1 every 1",
                        "powersgd powersgd REDUCED from 11 every 1",
                        "local LOCAL from 101 every 1",
                        "average mean LOCAL from 101 every 8"),
                stages(
                        "compression", "fp16",
                        "powerSgdRank", "2",
                        "powerSgdStartStep", "10",
                        "localSgdStartStep", "100",
                        "localSgdPeriod", "8"));
        assertFalse(plan(quarters(1), "localSgdStartStep", "1").replicasIdentical());
    }

    @ParameterizedTest
    @ValueSource(longs = {10, 500, 1000})
    void powerSgdThatNeverStartsIsRefused(long localStart) {
        Options options = options("powerSgdRank", "1", "localSgdStartStep", Long.toString(localStart));
        JavelinException e = assertThrows(JavelinException.class, () -> new DdpProvider().strategy(options));
        assertEquals("JVL-STR-0011", e.code());
        assertTrue(e.remedy().contains("earlier"), e.remedy());
    }
}
