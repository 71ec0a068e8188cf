package dev.javelin.accelerator.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuProviderTest {
    private final CpuProvider provider = new CpuProvider();

    private static Options options(String... pairs) {
        Map<String, String> values = new java.util.HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put(pairs[i], pairs[i + 1]);
        }
        return new Options("accelerator.cpu", values);
    }

    @Test
    void theServiceLoaderFindsItByName() {
        CpuProviderTest.class.getModule().addUses(AcceleratorProvider.class);
        AcceleratorProvider found = ServiceLoader.load(AcceleratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(p -> p.name().equals("cpu"))
                .findFirst()
                .orElseThrow();
        assertInstanceOf(CpuProvider.class, found);
        assertEquals(Spi.MAJOR, found.spiMajor());
        assertTrue(found.probe().available(), found.probe().reason());
    }

    @Test
    void itsPlannerNeedsNoDevice() {
        DevicePlanner planner = provider.planner(options("threads", "4"));
        assertEquals("cpu", planner.name());
        assertEquals(
                Set.of(DType.FLOAT64, DType.FLOAT32, DType.INT64, DType.INT32, DType.UINT8, DType.BOOL),
                planner.dtypes());
        assertEquals(64, planner.alignmentBytes());
        assertEquals(Long.MAX_VALUE, planner.memoryBytes());
    }

    @Test
    void ratesGrowWithThreads() {
        double one = provider.planner(options("threads", "1")).rates().flopsPerSecond();
        double four = provider.planner(options("threads", "4")).rates().flopsPerSecond();
        assertEquals(4 * one, four);
    }

    @Test
    void aMemoryLimitIsWhatThePlannerReports() {
        assertEquals(12345, provider.planner(options("memoryBytes", "12345")).memoryBytes());
    }

    @ParameterizedTest
    @CsvSource({
        "threads, 0, JVL-CFG-0008",
        "threads, 1025, JVL-CFG-0008",
        "threads, many, JVL-CFG-0008",
        "kernels, quick, JVL-CFG-0008",
        "blas, mkl, JVL-CFG-0008",
        "decompose, perhaps, JVL-CFG-0008",
        "memoryBytes, -1, JVL-CFG-0008",
        "thread, 2, JVL-CFG-0009"
    })
    void aBadOptionIsRefusedWithItsName(String key, String value, String code) {
        JavelinException e = assertThrows(JavelinException.class, () -> provider.planner(options(key, value)));
        assertEquals(code, e.code());
        assertTrue(e.getMessage().contains(key) && e.getMessage().contains("accelerator.cpu"), e.getMessage());
    }
}
