package dev.javelin.tck.communicator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.tck.Certification;
import dev.javelin.tck.Level;
import dev.javelin.tck.Report;
import dev.javelin.tck.Result;
import dev.javelin.tck.Rule;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayName("the rules for communicators")
class CommunicatorChapterTest {
    private static final int SIDE_BY_SIDE = 8;
    private static final int SECTION = "COM-1".length();
    private static final String FILES = "COM-954";

    private static CommunicatorSubject subject(CommunicatorProvider provider, Extent extent) {
        return CommunicatorSubject.of(provider, ThreadRanks.ofWorlds(), OnCpu.device(), extent);
    }

    private static List<Wrong> doubles() {
        return Stream.of(
                        WrongProviders.all(),
                        WrongValues.all(),
                        WrongValues.queues(),
                        WrongCalls.disagreements(),
                        WrongCalls.arguments(),
                        WrongCalls.waiting(),
                        WrongGroups.bytes(),
                        WrongGroups.groups(),
                        WrongEnds.ends(),
                        WrongEnds.resources())
                .flatMap(List::stream)
                .toList();
    }

    private static List<String> failures(Extent extent, Report.Verdict verdict) {
        Report report = Certification.run(
                CommunicatorChapter.chapter(), subject(new ReferenceProvider(), extent), result -> {});
        List<String> failed = report.results().stream()
                .filter(result -> result.outcome() != Result.Outcome.PASSED)
                .map(Result::line)
                .toList();
        assertEquals(verdict, report.verdict(), () -> failed.toString());
        return failed;
    }

    @Test
    @DisplayName("are all kept by the reference")
    void theReferenceKeepsThem() {
        assertEquals(List.of(), failures(Extent.quick(), Report.Verdict.PARTIAL));
    }

    @Test
    @Tag("long")
    @DisplayName("are all kept by the reference at the extent of a certificate")
    void theReferenceIsCertified() {
        assertEquals(List.of(), failures(Extent.certificate(), Report.Verdict.CERTIFIED));
    }

    @Test
    @DisplayName("have a wrong double for every MUST")
    void everyMustHasADouble() {
        Set<String> missing = CommunicatorChapter.chapter().rules().stream()
                .filter(rule -> rule.level() == Level.MUST)
                .map(Rule::id)
                .collect(Collectors.toCollection(TreeSet::new));
        doubles().forEach(wrong -> missing.remove(wrong.rule()));
        assertEquals(Set.of(), missing);
    }

    @Test
    @DisplayName("catch each wrong double, by its rule and, of the rules beside it, no other but those named with it")
    void eachDoubleFailsItsRule() throws Exception {
        compare(wrong -> rule -> rule.id().startsWith(wrong.rule().substring(0, SECTION))
                || wrong.also().contains(rule.id()));
    }

    @Test
    @Tag("long")
    @DisplayName("catch each wrong double, by its rule and no other but those named with it")
    void eachDoubleFailsItsRuleAlone() throws Exception {
        compare(wrong -> rule -> true);
    }

    /** Files are a matter of the whole JVM: the rule on them is checked when nothing else runs. */
    private static void compare(Function<Wrong, Predicate<Rule<?>>> look) throws Exception {
        Map<String, Set<String>> expected = new TreeMap<>();
        Map<String, Set<String>> found = new TreeMap<>();
        Map<String, Future<Set<String>>> running = new TreeMap<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(SIDE_BY_SIDE)) {
            for (Wrong wrong : doubles()) {
                Set<String> rules = new TreeSet<>(wrong.also());
                rules.add(wrong.rule());
                expected.put(wrong.toString(), rules);
                Predicate<Rule<?>> some =
                        look.apply(wrong).and(rule -> !rule.id().equals(FILES));
                running.put(wrong.toString(), pool.submit(() -> broken(wrong, some)));
            }
            for (Map.Entry<String, Future<Set<String>>> entry : running.entrySet()) {
                found.put(entry.getKey(), entry.getValue().get());
            }
        }
        for (Wrong wrong : doubles()) {
            Predicate<Rule<?>> files = rule -> rule.id().equals(FILES);
            Objects.requireNonNull(found.get(wrong.toString()))
                    .addAll(broken(wrong, look.apply(wrong).and(files)));
        }
        assertEquals(text(expected), text(found));
    }

    private static String text(Map<String, Set<String>> rules) {
        return rules.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining("\n"));
    }

    /** The rules that a double breaks; each is checked on a double of its own, so that none spoils the next. */
    private static Set<String> broken(Wrong wrong, Predicate<Rule<?>> look) {
        Set<String> broken = new TreeSet<>();
        for (Rule<CommunicatorSubject> rule : CommunicatorChapter.chapter().rules()) {
            if (look.test(rule)) {
                Result result =
                        Certification.check(rule, subject(wrong.provider().get(), Extent.quick()));
                if (result.outcome() == Result.Outcome.FAILED) {
                    broken.add(rule.id());
                }
            }
        }
        return broken;
    }
}
