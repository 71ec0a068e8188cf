package dev.javelin.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;

/** Compiles and packs a plugin while a test runs. */
final class PluginJar {
    private static final String PROVIDER = """
            package com.acme.whole;
            import dev.javelin.spi.Options;
            import dev.javelin.spi.Probe;
            import dev.javelin.spi.Spi;
            import dev.javelin.spi.strategy.*;
            import java.util.List;
            public final class Provider implements StrategyProvider {
                public String name() { return "whole"; }
                public int spiMajor() { return Spi.MAJOR; }
                public Probe probe() { return Probe.available("everything in one unit"); }
                public Strategy strategy(Options options) {
                    BODY
                    return (model, context) -> ParallelPlan.of(List.of(
                        new Unit("all", model.parameters().stream().map(p -> p.path()).toList())));
                }
            }
            """;
    private static final String MODULE = """
            module com.acme.whole {
                requires dev.javelin.spi;
                provides dev.javelin.spi.strategy.StrategyProvider with com.acme.whole.Provider;
            }
            """;

    private PluginJar() {}

    /** A strategy named {@code whole} that puts all parameters into one unit. */
    static void strategy(Path work, Path jar) throws IOException {
        strategy(work, jar, "");
    }

    /** The same, with statements that run when the strategy is made. */
    static void strategy(Path work, Path jar, String statements) throws IOException {
        Path source = Files.createDirectories(work.resolve("plugin-source"));
        Path classes = Files.createDirectories(work.resolve("plugin-classes"));
        Path provider = Files.writeString(source.resolve("Provider.java"), PROVIDER.replace("BODY", statements));
        Path module = Files.writeString(source.resolve("module-info.java"), MODULE);
        String path = System.getProperty("jdk.module.path") + ":" + System.getProperty("java.class.path");
        run("javac", "-d", classes.toString(), "--module-path", path, provider.toString(), module.toString());
        run("jar", "-c", "-f", jar.toString(), "-C", classes.toString(), ".");
    }

    private static void run(String tool, String... arguments) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        int code = ToolProvider.findFirst(tool).orElseThrow().run(out, out, arguments);
        if (code != 0) {
            throw new IllegalStateException(tool + " ended with " + code + ":\n" + text);
        }
    }
}
