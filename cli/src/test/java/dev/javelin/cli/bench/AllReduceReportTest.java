package dev.javelin.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.cli.bench.SumTeam.Row;
import dev.javelin.engine.plugin.PluginRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("the report of javelin bench allreduce")
class AllReduceReportTest {

    private static AllReduceReport report(int ranks) {
        SequencedMap<Row, SequencedMap<Long, Double>> free = new LinkedHashMap<>();
        free.put(Row.LOCAL_THREADS, new TreeMap<>(Map.of(1_000_000L, 0.001)));
        free.put(Row.MEMCPY, new TreeMap<>(Map.of(1_000_000L, 0.0005)));
        return new AllReduceReport(ranks, 3, 2, free, new LinkedHashMap<>(), Map.of(Row.MPI, "no mpirun"));
    }

    @Test
    @DisplayName("counts 2 (N-1)/N of the bytes on the bus, and all bytes of a copy")
    void countsAsNcclDoes() {
        for (int ranks : new int[] {2, 4}) {
            List<?> rows = (List<?>) report(ranks).object().get("rows");
            Map<?, ?> sum = (Map<?, ?>) rows.get(0);
            Map<?, ?> copy = (Map<?, ?>) rows.get(1);
            double expected = 2.0 * (ranks - 1) / ranks;
            assertEquals(expected, (double) sum.get("busGigabytesPerSecond"), 1e-12);
            assertEquals(2.0, (double) copy.get("busGigabytesPerSecond"), 1e-12);
            assertEquals(expected / 2, (double) sum.get("ratioToMemcpy"), 1e-12);
        }
    }

    @Test
    @DisplayName("names a row that is absent, with the reason, and compares nothing with it")
    void namesWhatIsAbsent() {
        AllReduceReport report = report(2);
        assertEquals(
                List.of(Map.of("row", Row.MPI.label(), "reason", "no mpirun")),
                report.object().get("absent"));
        Map<?, ?> sum = (Map<?, ?>) ((List<?>) report.object().get("rows")).getFirst();
        assertFalse(sum.containsKey("ratioToMpi"));
        assertTrue(
                report.lines().getLast().contains("no mpirun"), report.lines().toString());
    }

    @ParameterizedTest
    @EnumSource(
            value = Row.class,
            names = {"LOCAL_THREADS", "MEMCPY"})
    @DisplayName("a row's process tells a time for each size")
    void aTeamTellsTimes(Row row) {
        List<String> lines = new ArrayList<>();
        new SumTeam(PluginRegistry.ofModulePath(), lines::add).run(row, 2, 0, 0, new long[] {4096, 65536});
        assertEquals(2, lines.size(), lines.toString());
        assertTrue(lines.get(0).matches("4096 0\\.\\d+"), lines.toString());
        assertTrue(lines.get(1).matches("65536 0\\.\\d+"), lines.toString());
    }
}
