package dev.javelin.tck.communicator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.tck.Certification;
import dev.javelin.tck.Report;
import dev.javelin.tck.Result;
import dev.javelin.tck.junit.RuleTests;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("the communicators that come with Javelin")
class OwnCommunicatorsTest {

    private static CommunicatorSubject subject(String name, Extent extent) {
        CommunicatorProvider provider = ServiceLoader.load(CommunicatorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals(name))
                .findFirst()
                .orElseThrow();
        return CommunicatorSubject.of(provider, ThreadRanks.ofWorlds(), OnCpu.device(), extent);
    }

    @TestFactory
    @DisplayName("local keeps the rules")
    Stream<DynamicTest> local() {
        return RuleTests.of(CommunicatorChapter.chapter(), subject("local", Extent.quick()));
    }

    @TestFactory
    @DisplayName("tcp keeps the rules")
    Stream<DynamicTest> tcp() {
        return RuleTests.of(CommunicatorChapter.chapter(), subject("tcp", Extent.quick()));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"local", "tcp"})
    @Tag("long")
    @DisplayName("are certified")
    void certified(String name) {
        Report report =
                Certification.run(CommunicatorChapter.chapter(), subject(name, Extent.certificate()), result -> {});
        List<String> fatal = report.results().stream()
                .filter(Result::fatal)
                .map(Result::line)
                .toList();
        assertEquals(List.of(), fatal);
        assertEquals(Report.Verdict.CERTIFIED, report.verdict());
    }
}
