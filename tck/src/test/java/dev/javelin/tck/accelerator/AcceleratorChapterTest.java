package dev.javelin.tck.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.Silu;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.tck.Certification;
import dev.javelin.tck.Level;
import dev.javelin.tck.Report;
import dev.javelin.tck.Result;
import dev.javelin.tck.Rule;
import java.lang.module.ModuleReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayName("the rules for accelerators")
class AcceleratorChapterTest {
    private static final String OPERATIONS = "dev/javelin/api/operation/.*[.]class";

    private static final int SIDE_BY_SIDE = 4;
    /** Place of the group's digit in a rule's number. */
    private static final int GROUP = "ACC-".length();
    /** Rules on the whole process, which are checked when nothing else runs. */
    private static final Set<String> ALONE = Set.of("ACC-326", "ACC-327");

    /** The rule for devices that are not there. */
    private static final String ABSENT = "ACC-107";

    private static AcceleratorSubject subject(SoundProvider provider, Extent extent) {
        return AcceleratorSubject.of(provider, OnCpu.oracle(), extent);
    }

    private static List<Wrong> doubles() {
        return Stream.of(
                        WrongProviders.all(),
                        WrongMemory.all(),
                        WrongCopies.all(),
                        WrongQueues.all(),
                        WrongClocks.all(),
                        WrongValues.all(),
                        WrongLaunches.all(),
                        WrongPlanners.all(),
                        WrongSpecials.all())
                .flatMap(List::stream)
                .toList();
    }

    private static List<String> failures(Extent extent, Report.Verdict verdict) {
        Report report =
                Certification.run(AcceleratorChapter.chapter(), subject(new SoundProvider(), extent), result -> {});
        List<String> failed = report.results().stream()
                .filter(result -> result.outcome() != Result.Outcome.PASSED)
                .filter(result -> !result.rule().id().equals(ABSENT))
                .map(Result::line)
                .toList();
        assertEquals(verdict, report.verdict(), () -> String.join("\n", failed));
        return failed;
    }

    @Test
    @DisplayName("are all kept by a sound device with memory and queues of its own")
    void theSoundDeviceKeepsThem() {
        assertEquals(List.of(), failures(Extent.quick(), Report.Verdict.PARTIAL));
    }

    @Test
    @DisplayName("apply as far as planning goes where the device is missing, and say why the others do not")
    void theDeviceIsMissing() {
        SoundProvider absent = new SoundProvider() {
            @Override
            public Probe probe() {
                return Probe.unavailable("no sound device: plug one in");
            }

            @Override
            SoundAccelerator device() {
                throw new JavelinException("JVL-TCK-0092", "there is no sound device", "plug one in");
            }
        };
        Report report = Certification.run(AcceleratorChapter.chapter(), subject(absent, Doubles.EXTENT), result -> {});
        for (Result result : report.results()) {
            String id = result.rule().id();
            boolean plans = id.compareTo("ACC-210") < 0 && !id.equals("ACC-105");
            assertEquals(plans ? Result.Outcome.PASSED : Result.Outcome.INAPPLICABLE, result.outcome(), result::line);
        }
        assertTrue(report.results().getLast().figure().contains("plug one in"));
    }

    @Test
    @Tag("long")
    @DisplayName("are all kept by the sound device at the extent of a certificate")
    void theSoundDeviceIsCertified() {
        assertEquals(List.of(), failures(Extent.certificate(), Report.Verdict.CERTIFIED));
    }

    @Test
    @DisplayName("have cases for every operation of the API that computes")
    void everyOperationHasCases() throws Exception {
        Set<String> operations = new TreeSet<>();
        String api = Operation.class.getModule().getName();
        try (ModuleReader reader = ModuleLayer.boot()
                        .configuration()
                        .findModule(api)
                        .orElseThrow()
                        .reference()
                        .open();
                Stream<String> files = reader.list()) {
            for (String file : files.filter(name -> name.matches(OPERATIONS)).toList()) {
                Class<?> type = Class.forName(file.replace(".class", "").replace('/', '.'));
                if (Operation.class.isAssignableFrom(type)) {
                    operations.add(file.replaceAll(".*/|[.]class", ""));
                }
            }
        }
        Set<String> covered = new TreeSet<>();
        Family.WITHOUT_KERNELS.forEach(type -> covered.add(type.getSimpleName()));
        Stream.of(Family.values())
                .flatMap(family -> family.operations().stream())
                .forEach(type -> covered.add(type.getSimpleName()));
        assertEquals(operations, covered);
        try (Truth truth = new Truth(OnCpu.oracle())) {
            for (Family family : Family.values()) {
                Set<Class<?>> tried = family.cases(DType.FLOAT32, Doubles.EXTENT, 1, truth).stream()
                        .map(each -> each.operation().getClass())
                        .collect(Collectors.toSet());
                assertEquals(Set.copyOf(family.operations()), tried, family.name());
            }
        }
    }

    @Test
    @DisplayName("have a value computed by hand for every operation, and catch an oracle that is wrong in one")
    void everyOperationHasAKnownValue() {
        Set<Class<?>> known = KnownValues.all().stream()
                .map(each -> each.operation().getClass())
                .collect(Collectors.toSet());
        Set<Class<?>> all = Stream.of(Family.values())
                .flatMap(family -> family.operations().stream())
                .collect(Collectors.toSet());
        assertEquals(all, known);
        SoundProvider wrong = Wrong.computing("", "", operation -> operation instanceof Silu ? new Gelu() : operation)
                .provider()
                .get();
        Oracle oracle = new Oracle("wrong", () -> wrong.open(Options.none("accelerator.sound")));
        AcceleratorSubject subject = AcceleratorSubject.of(new SoundProvider(), oracle, Doubles.EXTENT);
        Result result = Certification.check(AcceleratorChapter.chapter().rule("ACC-601"), subject);
        assertEquals(Result.Outcome.FAILED, result.outcome());
        assertTrue(result.line().contains("the oracle: element 0 of output 0 of Silu"), result.line());
    }

    @Test
    @DisplayName("have a wrong double for every MUST")
    void everyMustHasADouble() {
        Set<String> missing = AcceleratorChapter.chapter().rules().stream()
                .filter(rule -> rule.level() == Level.MUST)
                .map(Rule::id)
                .collect(Collectors.toCollection(TreeSet::new));
        doubles().forEach(wrong -> missing.remove(wrong.rule()));
        assertEquals(Set.of(), missing);
    }

    @Test
    @DisplayName("catch each wrong double, by its rule and, of the rules beside it, no other but those named with it")
    void eachDoubleFailsItsRule() throws Exception {
        compare((wrong, rule) ->
                rule.startsWith(section(wrong.rule())) || wrong.also().contains(rule));
    }

    /** Later groups build on earlier ones: who cannot copy cannot compute. */
    @Test
    @Tag("long")
    @DisplayName("catch each wrong double by no rule of an earlier group, but those named with it")
    void noDoubleFailsEarlierRules() throws Exception {
        compare((wrong, rule) -> rule.equals(wrong.rule())
                || rule.charAt(GROUP) < wrong.rule().charAt(GROUP)
                || wrong.also().contains(rule));
    }

    /** Rules on operations try all of them: there, the ten beside a rule are enough. */
    private static String section(String rule) {
        return rule.substring(0, rule.startsWith("ACC-6") ? 6 : 5);
    }

    private static void compare(BiPredicate<Wrong, String> look) throws Exception {
        Map<String, Set<String>> expected = new TreeMap<>();
        Map<String, Set<String>> found = new TreeMap<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(SIDE_BY_SIDE)) {
            Map<String, Future<Set<String>>> running = new TreeMap<>();
            for (Wrong wrong : doubles()) {
                Set<String> rules = new TreeSet<>(wrong.also());
                rules.add(wrong.rule());
                expected.put(wrong.toString(), rules);
                running.put(
                        wrong.toString(),
                        pool.submit(() -> broken(wrong, rule -> look.test(wrong, rule) && !ALONE.contains(rule))));
            }
            for (Map.Entry<String, Future<Set<String>>> entry : running.entrySet()) {
                found.put(entry.getKey(), entry.getValue().get());
            }
        }
        for (Wrong wrong : doubles()) {
            List<String> ids = new ArrayList<>(ALONE);
            ids.retainAll(expected.get(wrong.toString()));
            found.get(wrong.toString()).addAll(broken(wrong, ids::contains));
        }
        assertEquals(text(expected), text(found));
    }

    private static String text(Map<String, Set<String>> rules) {
        return rules.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining("\n"));
    }

    /** The rules that a double breaks; each is checked on a double of its own, so that none spoils the next. */
    private static Set<String> broken(Wrong wrong, java.util.function.Predicate<String> look) {
        Set<String> broken = new TreeSet<>();
        for (Rule<AcceleratorSubject> rule : AcceleratorChapter.chapter().rules()) {
            if (look.test(rule.id())) {
                AcceleratorSubject subject = subject(wrong.provider().get(), Doubles.EXTENT);
                if (Certification.check(rule, subject).outcome() == Result.Outcome.FAILED) {
                    broken.add(rule.id());
                }
            }
        }
        return broken;
    }
}
