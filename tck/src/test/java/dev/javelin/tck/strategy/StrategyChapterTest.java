package dev.javelin.tck.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Placement;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Stage;
import dev.javelin.spi.strategy.StateKind;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.StrategyProvider;
import dev.javelin.spi.strategy.Unit;
import dev.javelin.tck.Certification;
import dev.javelin.tck.Level;
import dev.javelin.tck.Report;
import dev.javelin.tck.Result;
import dev.javelin.tck.Rule;
import dev.javelin.tck.junit.RuleTests;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("the rules for strategies")
class StrategyChapterTest {

    private static StrategySubject subject(StrategyProvider provider) {
        return StrategySubject.of(provider, planner());
    }

    private static DevicePlanner planner() {
        return ServiceLoader.load(AcceleratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("null"))
                .findFirst()
                .orElseThrow()
                .planner(Options.none("accelerator.null"));
    }

    private static StrategyProvider own(String name) {
        return ServiceLoader.load(StrategyProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @TestFactory
    @DisplayName("are kept by the strategies that come with Javelin")
    Stream<DynamicTest> ownStrategies() {
        return Stream.of("single", "ddp").flatMap(name -> RuleTests.of(StrategyChapter.chapter(), subject(own(name))));
    }

    @Test
    @DisplayName("are all kept by a sound strategy")
    void aSoundStrategyIsCertified() {
        Report report = Certification.run(StrategyChapter.chapter(), subject(new SoundProvider()), result -> {});
        assertEquals(
                List.of(),
                report.results().stream()
                        .filter(result -> result.outcome() != Result.Outcome.PASSED)
                        .map(Result::line)
                        .toList());
        assertEquals(Report.Verdict.CERTIFIED, report.verdict());
    }

    /**
     * A wrong strategy.
     *
     * @param also rules that cannot be kept with this defect
     */
    private record Wrong(String rule, String defect, Set<String> also, Supplier<StrategyProvider> provider) {
        static Wrong provider(String rule, String defect, Supplier<StrategyProvider> provider) {
            return new Wrong(rule, defect, Set.of(), provider);
        }

        static Wrong plan(String rule, String defect, Strategy strategy) {
            return provider(rule, defect, () -> new SoundProvider() {
                @Override
                ParallelPlan plan(ModelInventory model, PlanContext context) {
                    return strategy.plan(model, context);
                }
            });
        }

        Wrong with(String... rules) {
            return new Wrong(rule, defect, Set.of(rules), provider);
        }
    }

    private static List<Wrong> doubles() {
        return Stream.of(ofProviders(), ofPlans(), ofPrograms())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Wrong> ofProviders() {
        return List.of(
                Wrong.provider("STR-101", "a name for people", () -> new SoundProvider() {
                    @Override
                    public String name() {
                        return "Sound & Safe";
                    }
                }),
                Wrong.provider("STR-102", "built for another SPI", () -> new SoundProvider() {
                    @Override
                    public int spiMajor() {
                        return Spi.MAJOR + 1;
                    }
                }),
                Wrong.provider("STR-103", "a probe without a reason", () -> new SoundProvider() {
                    @Override
                    public Probe probe() {
                        return Probe.available("");
                    }
                }),
                Wrong.provider("STR-104", "options that nobody reads", () -> new SoundProvider() {
                    @Override
                    public Strategy strategy(Options options) {
                        return this::plan;
                    }
                }));
    }

    private static List<Wrong> ofPlans() {
        AtomicInteger calls = new AtomicInteger();
        return List.of(
                Wrong.plan("STR-201", "a model without parameters is refused", (model, context) -> {
                    if (model.parameters().isEmpty()) {
                        throw new JavelinException("JVL-STR-0099", "nothing to train", "declare a parameter");
                    }
                    return ParallelPlan.of(SoundProvider.units(model));
                }),
                Wrong.plan(
                                "STR-202",
                                "units are numbered on",
                                (model, context) -> ParallelPlan.of(List.of(new Unit(
                                                "unit-" + calls.incrementAndGet(),
                                                model.parameters().stream()
                                                        .map(p -> p.path())
                                                        .toList()))
                                        .stream()
                                        .filter(unit -> !unit.parameters().isEmpty())
                                        .toList()))
                        .with("STR-203", "STR-304"),
                Wrong.plan("STR-203", "a thread plans in its own order", (model, context) -> {
                    List<Unit> units = new ArrayList<>(SoundProvider.units(model));
                    if (Thread.currentThread().getName().endsWith("1")) {
                        units.sort(Comparator.comparing(Unit::name).reversed());
                    }
                    return ParallelPlan.of(units);
                }),
                Wrong.plan("STR-204", "frozen parameters are forgotten", (model, context) -> {
                            List<String> frozen = model.parameters().stream()
                                    .filter(p -> !p.trainable())
                                    .map(p -> p.path())
                                    .toList();
                            return ParallelPlan.of(SoundProvider.units(model).stream()
                                    .filter(unit -> !frozen.containsAll(unit.parameters()))
                                    .toList());
                        })
                        .with("STR-303"),
                Wrong.plan("STR-205", "a unit for what may come", (model, context) -> {
                    List<Unit> units = new ArrayList<>(SoundProvider.units(model));
                    units.add(new Unit("spare", List.of()));
                    return ParallelPlan.of(units);
                }),
                Wrong.plan("STR-206", "sharded over an axis that is not there", (model, context) -> {
                            ParallelPlan plan = ParallelPlan.of(SoundProvider.units(model));
                            return context.accumulation() == 3
                                            && model.parameters().size() < 6
                                    ? plan.withPlacement(StateKind.OPTIMIZER, Placement.sharded("shard"))
                                    : plan;
                        })
                        .with("STR-303"),
                Wrong.plan(
                                "STR-207",
                                "a stage with a title",
                                (model, context) -> ParallelPlan.of(SoundProvider.units(model))
                                        .withStages(List.of(
                                                Stage.reducing("reduce"),
                                                Stage.reducing("much later on").withFromStep(1000))))
                        .with("STR-301", "STR-302", "STR-303", "STR-304"),
                Wrong.plan(
                        "STR-208",
                        "replicas go their own ways",
                        (model, context) -> ParallelPlan.of(SoundProvider.units(model))
                                .withStages(List.of(
                                        Stage.reducing("reduce"),
                                        Stage.local("local").withFromStep(5)))));
    }

    private static boolean has(ModelInventory model, String path) {
        return model.parameters().stream().anyMatch(p -> p.path().equals(path));
    }

    /** A plan whose activations the engine cannot recompute yet, for one model alone. */
    private static Strategy recomputing(java.util.function.Predicate<ModelInventory> which) {
        return (model, context) -> {
            ParallelPlan plan = ParallelPlan.of(SoundProvider.units(model));
            return which.test(model) ? plan.withActivation(ParallelPlan.Activation.OFFLOAD) : plan;
        };
    }

    private static List<Wrong> ofPrograms() {
        AtomicInteger calls = new AtomicInteger();
        return List.of(
                Wrong.plan("STR-301", "a head of its own is offloaded", recomputing(model -> has(model, "head.weight")))
                        .with("STR-304"),
                Wrong.plan(
                        "STR-302",
                        "a tied head is offloaded",
                        recomputing(model -> has(model, "wpe.weight") && !has(model, "head.weight"))),
                Wrong.plan(
                        "STR-303",
                        "what is frozen is offloaded",
                        recomputing(model -> model.parameters().size() == 2
                                && model.parameters().stream()
                                        .anyMatch(
                                                p -> !p.trainable() && p.shape().rank() == 2))),
                Wrong.plan("STR-304", "every other plan of a language model has other names", (model, context) -> {
                    List<Unit> units = new ArrayList<>(SoundProvider.units(model));
                    if (has(model, "wpe.weight") && calls.incrementAndGet() % 2 == 0) {
                        units.replaceAll(unit -> new Unit("again-" + unit.name(), unit.parameters()));
                    }
                    return ParallelPlan.of(units);
                }));
    }

    @Test
    @DisplayName("have a wrong double for every MUST")
    void everyMustHasADouble() {
        Set<String> missing = StrategyChapter.chapter().rules().stream()
                .filter(rule -> rule.level() == Level.MUST)
                .map(Rule::id)
                .collect(Collectors.toCollection(TreeSet::new));
        doubles().forEach(wrong -> missing.remove(wrong.rule()));
        assertEquals(Set.of(), missing);
    }

    @Test
    @DisplayName("catch each wrong double, by its rule and no other but those named with it")
    void eachDoubleFailsItsRuleAlone() {
        List<String> expected = new ArrayList<>();
        List<String> found = new ArrayList<>();
        for (Wrong wrong : doubles()) {
            Set<String> rules = new TreeSet<>(wrong.also());
            rules.add(wrong.rule());
            expected.add(wrong.rule() + " " + wrong.defect() + " " + rules);
            Set<String> broken = new TreeSet<>();
            for (Rule<StrategySubject> rule : StrategyChapter.chapter().rules()) {
                if (Certification.check(rule, subject(wrong.provider().get())).outcome() == Result.Outcome.FAILED) {
                    broken.add(rule.id());
                }
            }
            found.add(wrong.rule() + " " + wrong.defect() + " " + broken);
        }
        assertEquals(String.join("\n", expected), String.join("\n", found));
    }
}
