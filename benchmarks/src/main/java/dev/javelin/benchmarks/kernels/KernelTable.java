package dev.javelin.benchmarks.kernels;

import dev.javelin.accelerator.cpu.dispatch.FastKernels;
import dev.javelin.spi.device.KernelPlan;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the kernel benchmarks, all or a part of them, and writes their table once all parts of one commit are there.
 * Arguments: the commit measured, the part as {@code I/N}, the folder for results of parts, the file to write.
 */
public final class KernelTable {
    private static final String WHOLE = "wholeCall";
    private static final int MEASUREMENTS = 5;

    private final Map<String, Result> results = new LinkedHashMap<>();
    private final StringBuilder heads = new StringBuilder();
    private final StringBuilder table = new StringBuilder();

    /** Microseconds of a call, and JMH's 99.9 % interval around them. */
    private record Result(double micros, double spread) {}

    private KernelTable() {}

    public static void main(String[] arguments) throws RunnerException, IOException {
        String[] part = arguments[1].split("/", 2);
        int index = Integer.parseInt(part[0]);
        int parts = Integer.parseInt(part[1]);
        Path folder = Path.of(arguments[2]);
        Path own = folder.resolve(arguments[0] + "-" + index + "-of-" + parts + ".tsv");
        Files.createDirectories(folder);
        Files.write(own, measure(arguments[0], index, parts));
        List<String> lines = new ArrayList<>();
        for (int i = 1; i <= parts; i++) {
            Path other = folder.resolve(arguments[0] + "-" + i + "-of-" + parts + ".tsv");
            if (!Files.exists(other)) {
                System.out.println("part " + i + " of " + parts + " is still to be measured");
                return;
            }
            lines.addAll(Files.readAllLines(other));
        }
        Files.writeString(Path.of(arguments[3]), new KernelTable().text(lines));
    }

    /** The limits are measured with every part: they change with the machine's load. */
    private static List<String> measure(String commit, int index, int parts) throws RunnerException, IOException {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        List<String> names = new ArrayList<>();
        int number = 0;
        for (String name : KernelCases.all().keySet()) {
            if (KernelCases.limits().containsValue(name) || number++ % parts == index - 1) {
                names.add(name);
            }
        }
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "#%s, %s, %d cores, JDK %s, commit %s, load average %.1f at the start",
                LocalDate.now(),
                cpu(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                commit,
                load));
        for (RunResult result : new Runner(options(FastKernel.class)
                        .param("kernel", names.toArray(String[]::new))
                        .build())
                .run()) {
            lines.add(line("part " + index + "\t" + result.getParams().getParam("kernel"), result));
        }
        if (lines.size() != names.size() + 1) {
            throw new IllegalStateException((names.size() + 1 - lines.size()) + " kernels failed; see above");
        }
        if (index == parts) {
            for (RunResult result : new Runner(options(ProductKernels.class).build()).run()) {
                String kernel = result.getPrimaryResult().getLabel();
                lines.add(line("product\t" + result.getParams().getParam("product") + "," + kernel, result));
            }
        }
        return lines;
    }

    private static ChainedOptionsBuilder options(Class<?> benchmarks) {
        return new OptionsBuilder()
                .include("\\b" + benchmarks.getSimpleName() + "\\b")
                .forks(1)
                .warmupIterations(2)
                .warmupTime(TimeValue.milliseconds(200))
                .measurementIterations(MEASUREMENTS)
                .measurementTime(TimeValue.milliseconds(150))
                .shouldFailOnError(true)
                .jvmArgs("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");
    }

    private static String line(String name, RunResult result) {
        return name + "\t" + result.getPrimaryResult().getScore() + "\t"
                + result.getPrimaryResult().getScoreError();
    }

    private String text(List<String> lines) {
        Map<String, String> parts = new LinkedHashMap<>();
        for (String line : lines) {
            if (line.startsWith("#")) {
                heads.append(heads.isEmpty() ? "" : "; then ").append(line.substring(1));
                continue;
            }
            String[] fields = line.split("\t", -1);
            String name = fields[1];
            boolean limit = KernelCases.limits().containsValue(name);
            results.put(
                    limit ? fields[0] + name : name,
                    new Result(Double.parseDouble(fields[2]), Double.parseDouble(fields[3])));
            parts.put(name, fields[0]);
        }
        table.append("# CPU kernels\n\n").append(heads).append(". Means of ").append(MEASUREMENTS);
        table.append(" measurements; the spread is JMH's 99.9 % interval.\n");
        table.append(
                "Ratios mean nothing where the spread is near the mean: the machine was busy or code not compiled yet.\n");
        fast(parts);
        products();
        return table.toString();
    }

    private void fast(Map<String, String> parts) {
        table.append("\n## Every fast kernel beside its limit\n\n");
        table.append(
                "2 threads, fp32 where nothing else is said. GB/s count each array once. The limits are measured in");
        table.append(
                " the same run:\na copy of 19 MB for what moves memory, a square product of 1536 rows by the same");
        table.append(" kernels for what multiplies.\n\n");
        table.append("| kernel | inputs | us | spread | GB/s | GFLOP/s | of limit |\n|---|---|---|---|---|---|---|\n");
        for (KernelCase kernel : KernelCases.all().values()) {
            boolean limit = KernelCases.limits().containsValue(kernel.name());
            String part = parts.getOrDefault(kernel.name(), "");
            Result own = result(limit ? part + kernel.name() : kernel.name());
            double work = work(kernel) / own.micros / 1000;
            KernelCase of = KernelCases.limit(kernel);
            double most = work(of) / result(part + of.name()).micros / 1000;
            boolean copies = kernel.limit() == KernelCase.Limit.COPY;
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.0f | ±%.0f | %s | %s | %.2f |%n",
                    kernel.name(),
                    kernel.shapes(),
                    own.micros,
                    own.spread,
                    copies ? String.format(Locale.ROOT, "%.1f", work) : "",
                    copies ? "" : String.format(Locale.ROOT, "%.1f", work),
                    work / most));
        }
    }

    private Result result(String name) {
        @Nullable Result result = results.get(name);
        if (result == null) {
            throw new IllegalStateException("no measurement of " + name);
        }
        return result;
    }

    /** Bytes or operations of a call. */
    private static double work(KernelCase kernel) {
        if (kernel.work() > 0) {
            return kernel.work();
        }
        KernelPlan plan = FastKernels.all(2)
                .choose(kernel.operation(), kernel.inputs(), kernel.outputs())
                .orElseThrow()
                .plan();
        return kernel.limit() == KernelCase.Limit.COPY ? plan.bytes() : plan.flops();
    }

    private void products() {
        table.append("\n## Products\n\n1 thread; the limit is one OpenBLAS call on the whole (wholeCall).\n\n");
        table.append("| product | kernel | us | spread | GFLOP/s | of limit |\n|---|---|---|---|---|---|\n");
        results.forEach((name, result) -> {
            int comma = name.lastIndexOf(',');
            String product = comma < 0 ? "" : name.substring(0, comma);
            Result whole = results.get(product + "," + WHOLE);
            if (whole != null) {
                double rate = ProductKernels.flops(product) / result.micros / 1000;
                table.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %.0f | ±%.0f | %.1f | %.2f |%n",
                        product,
                        name.substring(comma + 1),
                        result.micros,
                        result.spread,
                        rate,
                        whole.micros / result.micros));
            }
        });
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
