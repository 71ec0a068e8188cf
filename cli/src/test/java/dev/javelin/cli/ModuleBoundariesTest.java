package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The arrows between the modules, as a table. A new arrow is a decision: it is made here first. */
class ModuleBoundariesTest {

    /** What each module may require beside java.base. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("dev.javelin.api", Set.of("org.jspecify")),
            Map.entry("dev.javelin.spi", Set.of("dev.javelin.api")),
            Map.entry(
                    "dev.javelin.engine",
                    Set.of("dev.javelin.api", "dev.javelin.spi", "com.fasterxml.jackson.databind")),
            Map.entry("dev.javelin.models", Set.of("dev.javelin.api")),
            Map.entry(
                    "dev.javelin.data",
                    Set.of(
                            "dev.javelin.api",
                            "ai.djl.tokenizers",
                            "com.fasterxml.jackson.databind",
                            "de.siegmar.fastcsv",
                            "flatbuffers.java",
                            "jtokkit",
                            "org.apache.arrow.format")),
            Map.entry("dev.javelin.accelerator.cpu", Set.of("dev.javelin.spi", "jdk.incubator.vector")),
            Map.entry("dev.javelin.accelerator.cuda", Set.of("dev.javelin.spi", "java.logging")),
            Map.entry("dev.javelin.accelerator.none", Set.of("dev.javelin.spi")),
            Map.entry("dev.javelin.communicator.host", Set.of("dev.javelin.spi", "jdk.incubator.vector")),
            Map.entry("dev.javelin.communicator.local", Set.of("dev.javelin.spi", "dev.javelin.communicator.host")),
            Map.entry("dev.javelin.communicator.tcp", Set.of("dev.javelin.spi", "dev.javelin.communicator.host")),
            Map.entry("dev.javelin.communicator.mpi", Set.of("dev.javelin.spi")),
            Map.entry("dev.javelin.communicator.nccl", Set.of("dev.javelin.spi")),
            Map.entry("dev.javelin.cluster.environments", Set.of("dev.javelin.spi")),
            Map.entry("dev.javelin.strategy.single", Set.of("dev.javelin.spi")),
            Map.entry("dev.javelin.strategy.ddp", Set.of("dev.javelin.spi")),
            Map.entry(
                    "dev.javelin.tck",
                    Set.of(
                            "dev.javelin.engine",
                            "dev.javelin.models",
                            "com.fasterxml.jackson.databind",
                            "org.junit.jupiter.api")),
            Map.entry(
                    "dev.javelin.cli",
                    Set.of(
                            "dev.javelin.engine",
                            "dev.javelin.models",
                            "dev.javelin.data",
                            "dev.javelin.tck",
                            "com.fasterxml.jackson.databind",
                            "de.siegmar.fastcsv",
                            "info.picocli",
                            "io.micronaut.micronaut_core",
                            "io.micronaut.micronaut_inject",
                            "jakarta.annotation",
                            "jakarta.inject",
                            "jdk.unsupported", // sun.misc.Signal
                            "org.slf4j",
                            "org.snakeyaml.engine",
                            "java.management",
                            "jdk.management")));

    @Test
    void theTableNamesEveryModuleAndNoOther() {
        assertEquals(new TreeSet<>(ARROWS.keySet()), new TreeSet<>(modules().keySet()));
    }

    @Test
    void noModuleReachesPastItsArrows() {
        List<String> reaches = new ArrayList<>();
        modules().forEach((name, module) -> {
            for (Requires required : module.requires()) {
                if (!required.name().equals("java.base")
                        && !ARROWS.getOrDefault(name, Set.of()).contains(required.name())) {
                    reaches.add(name + " requires " + required.name());
                }
            }
        });
        assertEquals(List.of(), reaches, "modules that reach past their arrows");
    }

    @Test
    void thePluginsThatComeWithJavelinAreModulesWhereItsTestsRun() {
        List<String> missing = Stream.of(
                        "dev.javelin.accelerator.cpu",
                        "dev.javelin.accelerator.cuda",
                        "dev.javelin.accelerator.none",
                        "dev.javelin.strategy.single",
                        "dev.javelin.strategy.ddp")
                .filter(name -> ModuleLayer.boot().findModule(name).isEmpty())
                .toList();
        assertEquals(List.of(), missing, "plugins that ServiceLoader does not see");
    }

    private static Map<String, ModuleDescriptor> modules() {
        Map<String, ModuleDescriptor> modules = new TreeMap<>();
        String paths =
                System.getProperty("jdk.module.path") + File.pathSeparator + System.getProperty("java.class.path");
        Stream.of(paths.split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::exists)
                .filter(path -> !path.endsWith("test-classes"))
                .flatMap(path -> ModuleFinder.of(path).findAll().stream())
                .map(ModuleReference::descriptor)
                .filter(module -> module.name().startsWith("dev.javelin."))
                .forEach(module -> modules.put(module.name(), module));
        return modules;
    }
}
