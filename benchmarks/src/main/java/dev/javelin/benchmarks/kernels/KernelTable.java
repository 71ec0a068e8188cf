package dev.javelin.benchmarks.kernels;

import dev.javelin.accelerator.cpu.fast.Gemm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the kernel benchmarks and writes their table; arguments: the commit measured, and the file to write. */
public final class KernelTable {

    /** Arrays of MemoryKernels that a kernel reads and writes. */
    private static final Map<String, Integer> ARRAYS = Map.of(
            "copy", 2,
            "geluForward", 2,
            "geluBackward", 3,
            "layerNormForward", 2,
            "layerNormBackward", 3,
            "softmaxForward", 2,
            "crossEntropyForward", 1,
            "columnSum", 1,
            "squareSum", 1);

    private KernelTable() {}

    public static void main(String[] arguments) throws RunnerException, IOException {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(MemoryKernels.class.getName())
                        .include(ProductKernels.class.getName())
                        .forks(1)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.milliseconds(300))
                        .measurementIterations(5)
                        .measurementTime(TimeValue.milliseconds(300))
                        .jvmArgs("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED")
                        .build())
                .run();
        StringBuilder table = new StringBuilder("# CPU kernels\n\n");
        table.append(LocalDate.now()).append(", ").append(cpu()).append(", ");
        table.append(Runtime.getRuntime().availableProcessors())
                .append(" cores, commit ")
                .append(arguments[0]);
        table.append(String.format(Locale.ROOT, ", load average %.1f at the start", load));
        table.append(". Means of 5 measurements; the spread is JMH's 99.9 % interval.\n");
        table.append("Ratios mean nothing where the spread is near the mean: the machine was busy.\n\n");
        appendMemory(results, table);
        appendProducts(results, table);
        Files.writeString(Path.of(arguments[1]), table);
    }

    private static void appendMemory(Collection<RunResult> results, StringBuilder table) {
        double copy = 0;
        for (RunResult result : results) {
            copy = method(result).equals("copy") ? bandwidth(result) : copy;
        }
        table.append("## Kernels bound by memory\n\n[12288, 384] fp32, 2 threads; GB/s counts each array once.\n\n");
        table.append("| kernel | us | spread | ns/element | GB/s | of copy |\n|---|---|---|---|---|---|\n");
        for (RunResult result : results) {
            if (ARRAYS.containsKey(method(result))) {
                double micros = result.getPrimaryResult().getScore();
                table.append(String.format(
                        Locale.ROOT,
                        "| %s | %.0f | ±%.0f | %.3f | %.1f | %.2f |%n",
                        method(result),
                        micros,
                        result.getPrimaryResult().getScoreError(),
                        micros * 1000 / MemoryKernels.N,
                        bandwidth(result),
                        bandwidth(result) / copy));
            }
        }
    }

    private static void appendProducts(Collection<RunResult> results, StringBuilder table) {
        Map<String, Double> limits = new HashMap<>();
        for (RunResult result : results) {
            if (method(result).equals("wholeCall")) {
                limits.put(result.getParams().getParam("product"), rate(result));
            }
        }
        table.append("\n## Products\n\n1 thread; the limit is one OpenBLAS call on the whole (wholeCall).\n\n");
        table.append("| product | kernel | us | spread | GFLOP/s | of limit |\n|---|---|---|---|---|---|\n");
        for (RunResult result : results) {
            if (!ARRAYS.containsKey(method(result))) {
                String product = result.getParams().getParam("product");
                table.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %.0f | ±%.0f | %.1f | %.2f |%n",
                        product,
                        method(result),
                        result.getPrimaryResult().getScore(),
                        result.getPrimaryResult().getScoreError(),
                        rate(result),
                        rate(result) / limits.getOrDefault(product, Double.NaN)));
            }
        }
    }

    private static String method(RunResult result) {
        return result.getPrimaryResult().getLabel();
    }

    private static double bandwidth(RunResult result) {
        double bytes = 4.0 * MemoryKernels.N * ARRAYS.getOrDefault(method(result), 0);
        return bytes / result.getPrimaryResult().getScore() / 1000;
    }

    private static double rate(RunResult result) {
        Gemm.Shape shape = ProductKernels.shape(result.getParams().getParam("product"));
        return 2.0
                * shape.m()
                * shape.n()
                * shape.k()
                / result.getPrimaryResult().getScore()
                / 1000;
    }

    private static String cpu() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) {
            return System.getProperty("os.arch");
        }
        try (var lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        }
    }
}
