package dev.javelin.tck.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.tck.Certification;
import dev.javelin.tck.Report;
import dev.javelin.tck.Result;
import dev.javelin.tck.junit.RuleTests;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("the accelerators that come with Javelin")
class OwnAcceleratorsTest {
    private static final Map<String, String> FAST = Map.of("threads", "2");

    private static AcceleratorSubject cpu(Extent extent, Map<String, String> options) {
        return AcceleratorSubject.of(OnCpu.provider("cpu"), OnCpu.options(options), OnCpu.oracle(), extent);
    }

    @TestFactory
    @DisplayName("the CPU keeps the rules, with its fast kernels")
    Stream<DynamicTest> fast() {
        return RuleTests.of(AcceleratorChapter.chapter(), cpu(Extent.quick(), FAST));
    }

    @TestFactory
    @DisplayName("the CPU keeps the rules, with products in Java and one thread")
    Stream<DynamicTest> ownProducts() {
        return RuleTests.of(AcceleratorChapter.chapter(), cpu(Extent.quick(), Map.of("threads", "1", "blas", "java")));
    }

    @TestFactory
    @DisplayName("the CPU keeps the rules, with its reference kernels")
    Stream<DynamicTest> reference() {
        return RuleTests.of(
                AcceleratorChapter.chapter(), cpu(Extent.quick(), Map.of("threads", "1", "kernels", "reference")));
    }

    @Test
    @Tag("long")
    @DisplayName("the CPU is certified")
    void certified() {
        Report report = Certification.run(AcceleratorChapter.chapter(), cpu(Extent.certificate(), FAST), result -> {});
        assertEquals(
                List.of(),
                report.results().stream()
                        .filter(Result::fatal)
                        .map(Result::line)
                        .toList());
        assertEquals(Report.Verdict.CERTIFIED, report.verdict());
    }

    @Test
    @DisplayName("null keeps the rules on planning, and says of the others that there is no device")
    void nullOnlyPlans() {
        AcceleratorSubject subject = AcceleratorSubject.of(OnCpu.provider("null"), OnCpu.oracle(), Extent.quick());
        Report report = Certification.run(AcceleratorChapter.chapter(), subject, result -> {});
        assertEquals(
                List.of(),
                report.results().stream()
                        .filter(Result::fatal)
                        .map(Result::line)
                        .toList());
        for (Result result : report.results()) {
            boolean plans = result.rule().id().compareTo("ACC-210") < 0
                    && !result.rule().id().equals("ACC-105");
            assertEquals(plans, result.outcome() == Result.Outcome.PASSED, () -> result.line());
        }
    }
}
