package dev.javelin.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.javelin.tck.junit.RuleTests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

@DisplayName("a certification")
class CertificationTest {
    private static final String REASON = "it has no wheels";

    @TempDir
    Path folder;

    private record Thing(boolean full) implements Subject {
        @Override
        public PluginFacts plugin() {
            return new PluginFacts("thing", "one", "", "1", "one.jar", "00");
        }

        @Override
        public SequencedMap<String, String> settings() {
            return new LinkedHashMap<>(java.util.Map.of("extent", "all | of it"));
        }

        @Override
        public Duration deadline() {
            return Duration.ofMillis(200);
        }
    }

    private static final Rule<Thing> KEPT = Rule.must("THI-1", "It is.", "To be.", thing -> "3 looked at");
    private static final Rule<Thing> INAPPLICABLE =
            Rule.<Thing>must("THI-2", "It rolls.", "To go.", thing -> "?").unless(thing -> Optional.of(REASON));
    private static final Rule<Thing> ADVICE = Rule.should("THI-3", "It is quick.", "To be liked.", thing -> {
        throw new Breach("3 s", "1 s", "the yard");
    });
    private static final Rule<Thing> BROKEN = Rule.must("THI-4", "It is whole.", "To be used.", thing -> {
        throw new Breach("2 parts", "1 part", "the yard");
    });
    private static final Rule<Thing> HANGS = Rule.must("THI-5", "It ends.", "To be done.", thing -> {
        new CountDownLatch(1).await();
        return "never";
    });
    private static final Rule<Thing> THROWS = Rule.must("THI-6", "It works.", "To be used.", thing -> {
        throw new NoClassDefFoundError("gone");
    });

    @SafeVarargs
    private static Report run(boolean full, Rule<Thing>... rules) {
        Chapter<Thing> chapter = new Chapter<>("thing", "Things", "Things.", List.of(rules));
        return Certification.run(chapter, new Thing(full), result -> {});
    }

    @Test
    @DisplayName("is given if every MUST that applies is kept, whatever becomes of the rest")
    void everyMustIsKept() {
        assertEquals(
                Report.Verdict.CERTIFIED, run(true, KEPT, INAPPLICABLE, ADVICE).verdict());
        assertEquals(Report.Verdict.FAILED, run(true, KEPT, BROKEN).verdict());
    }

    @Test
    @DisplayName("is not given for a short look")
    void aShortLookIsNoCertificate() {
        assertEquals(Report.Verdict.PARTIAL, run(false, KEPT).verdict());
    }

    @Test
    @DisplayName("goes on behind a check that hangs and one that throws, and says of both what happened")
    void hangingAndThrowingFail() {
        Report report = run(true, HANGS, THROWS, KEPT);
        assertEquals(2, report.count(Result.Outcome.FAILED));
        assertTrue(
                report.results().get(0).line().contains("CertificationTest"),
                report.results().get(0).line());
        assertTrue(
                report.results().get(1).line().contains("gone"),
                report.results().get(1).line());
        assertEquals(Result.Outcome.PASSED, report.results().get(2).outcome());
    }

    @Test
    @DisplayName("is written as a report for people and as data, with the reasons of rules that do not apply")
    void theReportIsWritten() throws Exception {
        Path out = folder.resolve("deep/down");
        run(true, KEPT, INAPPLICABLE, BROKEN).write(out);
        String report = Files.readString(out.resolve("report.md"));
        assertTrue(report.contains("| THI-4 | MUST | **FAILED** |"), report);
        assertTrue(report.contains("the yard: 2 parts, expected 1 part"), report);
        JsonNode certificate =
                new ObjectMapper().readTree(out.resolve("certificate.json").toFile());
        assertEquals("failed", certificate.get("verdict").asText());
        assertEquals("one.jar", certificate.get("plugin").get("file").asText());
        assertEquals(REASON, certificate.get("rules").get(1).get("reason").asText());
        assertEquals("2 parts", certificate.get("rules").get(2).get("actual").asText());
        assertFalse(certificate.get("versions").get("java").asText().isEmpty());
    }

    @Test
    @DisplayName("is a test for each rule in JUnit: what does not apply is aborted with its reason, never passed")
    void rulesAreTests() throws Throwable {
        Chapter<Thing> chapter =
                new Chapter<>("thing", "Things", "Things.", List.of(KEPT, INAPPLICABLE, ADVICE, BROKEN));
        List<DynamicTest> tests = RuleTests.of(chapter, new Thing(true)).toList();
        assertEquals("THI-1 MUST It is.", tests.get(0).getDisplayName());
        tests.get(0).getExecutable().execute();
        for (int advice : List.of(1, 2)) {
            Assertions.assertThrows(
                    TestAbortedException.class,
                    () -> tests.get(advice).getExecutable().execute());
        }
        AssertionError error = Assertions.assertThrows(
                AssertionError.class, () -> tests.get(3).getExecutable().execute());
        assertTrue(String.valueOf(error.getMessage()).contains("THI-4 the yard: 2 parts"), error.getMessage());
    }
}
