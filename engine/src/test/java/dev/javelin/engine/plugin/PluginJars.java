package dev.javelin.engine.plugin;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.spi.ToolProvider;

/** Compiles and packs plugins while a test runs. */
record PluginJars(Path work) {

    /** The source of a strategy's module: plans one unit of all parameters. */
    static Map<String, String> strategy(String module, String name, String spiMajor, String constructor) {
        String body = """
                package %1$s;
                public final class Provider implements dev.javelin.spi.strategy.StrategyProvider {
                    public Provider() { %4$s }
                    public String name() { %2$s }
                    public int spiMajor() { return %3$s; }
                    public dev.javelin.spi.Probe probe() {
                        return dev.javelin.spi.Probe.available("loaded by " + getClass().getModule().getName());
                    }
                    public dev.javelin.spi.strategy.Strategy strategy(dev.javelin.spi.Options options) {
                        return (model, context) -> dev.javelin.spi.strategy.ParallelPlan.of(java.util.List.of());
                    }
                }
                """.formatted(module, name, spiMajor, constructor);
        Map<String, String> sources = new TreeMap<>();
        sources.put(
                "module-info.java",
                "module " + module + " { requires dev.javelin.spi; provides dev.javelin.spi.strategy.StrategyProvider"
                        + " with " + module + ".Provider; }");
        sources.put(module + "/Provider.java", body);
        return sources;
    }

    /** A strategy that works. */
    static Map<String, String> strategy(String module, String name) {
        return strategy(module, "return \"" + name + "\";", "dev.javelin.spi.Spi.MAJOR", "");
    }

    /** Compiles the sources into a modular jar; {@code manifest} lines may be empty, {@code path} adds modules. */
    Path jar(Path target, Map<String, String> sources, String manifest, Path... path) throws IOException {
        Path source = Files.createTempDirectory(work, "source");
        Path classes = Files.createTempDirectory(work, "classes");
        List<String> javac = new ArrayList<>(List.of("-nowarn", "-d", classes.toString(), "--module-path"));
        javac.add(modulePath(path));
        for (Map.Entry<String, String> file : sources.entrySet()) {
            Path java = source.resolve(file.getKey());
            Files.createDirectories(java.getParent());
            Files.writeString(java, file.getValue());
            javac.add(java.toString());
        }
        run("javac", javac);
        Path manifestFile = Files.writeString(source.resolve("manifest"), manifest);
        run(
                "jar",
                List.of(
                        "-c",
                        "-f",
                        target.toString(),
                        "-m",
                        manifestFile.toString(),
                        "--module-version",
                        "1.2.3",
                        "-C",
                        classes.toString(),
                        "."));
        return target;
    }

    /** The module path of this test's JVM, with the contract's modules on it, and more. */
    private static String modulePath(Path... more) {
        StringBuilder path = new StringBuilder(System.getProperty("jdk.module.path"));
        path.append(':').append(System.getProperty("java.class.path"));
        for (Path entry : more) {
            path.append(':').append(entry);
        }
        return path.toString();
    }

    private static void run(String tool, List<String> arguments) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        int code = ToolProvider.findFirst(tool).orElseThrow().run(out, out, arguments.toArray(String[]::new));
        if (code != 0) {
            throw new IllegalStateException(tool + " " + arguments + " gave " + code + ":\n" + text);
        }
    }
}
