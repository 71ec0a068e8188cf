package dev.javelin.tck.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.tck.Certification;
import dev.javelin.tck.Level;
import dev.javelin.tck.Report;
import dev.javelin.tck.Result;
import dev.javelin.tck.Rule;
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
    private static final int SIDE_BY_SIDE = 4;
    private static final int SECTION = "ACC-1".length();
    /** Rules on the whole process, which are checked when nothing else runs. */
    private static final Set<String> ALONE = Set.of("ACC-326", "ACC-327");

    private static AcceleratorSubject subject(SoundProvider provider, Extent extent) {
        return AcceleratorSubject.of(provider, OnCpu.oracle(), extent);
    }

    private static List<Wrong> doubles() {
        return Stream.of(WrongProviders.all(), WrongMemory.all(), WrongCopies.all(), WrongQueues.all())
                .flatMap(List::stream)
                .toList();
    }

    private static List<String> failures(Extent extent, Report.Verdict verdict) {
        Report report =
                Certification.run(AcceleratorChapter.chapter(), subject(new SoundProvider(), extent), result -> {});
        List<String> failed = report.results().stream()
                .filter(result -> result.outcome() != Result.Outcome.PASSED)
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
    @Tag("long")
    @DisplayName("are all kept by the sound device at the extent of a certificate")
    void theSoundDeviceIsCertified() {
        assertEquals(List.of(), failures(Extent.certificate(), Report.Verdict.CERTIFIED));
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
        compare((wrong, rule) -> rule.startsWith(wrong.rule().substring(0, SECTION))
                || wrong.also().contains(rule));
    }

    @Test
    @Tag("long")
    @DisplayName("catch each wrong double, by its rule and no other but those named with it")
    void eachDoubleFailsItsRuleAlone() throws Exception {
        compare((wrong, rule) -> true);
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
