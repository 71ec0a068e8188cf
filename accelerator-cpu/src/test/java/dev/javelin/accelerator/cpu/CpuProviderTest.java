package dev.javelin.accelerator.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.MatMul;
import dev.javelin.spi.Options;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
        assertEquals(Set.of(DType.values()), planner.dtypes());
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

    @Test
    void withoutNativeAccessOpeningNamesTheFlag() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--module-path",
                        System.getProperty("jdk.module.path"),
                        "--patch-module",
                        "dev.javelin.accelerator.cpu=target/test-classes",
                        "--module",
                        "dev.javelin.accelerator.cpu/" + WithoutNativeAccess.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        assertTrue(output.contains("JVL-CPU-0005"), output);
        assertTrue(output.contains("--enable-native-access=dev.javelin.accelerator.cpu"), output);
    }

    @Test
    void aCacheFolderThatCannotBeWrittenIsNamedWithItsRemedy(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "not a folder");
        try (Accelerator cpu = provider.open(options("blas", "openblas", "cacheFolder", file.toString()))) {
            TensorType type = TensorType.of(DType.FLOAT32, 2, 2);
            MatMul product = new MatMul(false, false);
            JavelinException e = assertThrows(
                    JavelinException.class, () -> cpu.prepare(product, List.of(type, type), List.of(type)));
            assertEquals("JVL-CPU-0102", e.code());
            assertTrue(e.getMessage().contains("blas=java"), e.getMessage());
        }
    }
}
