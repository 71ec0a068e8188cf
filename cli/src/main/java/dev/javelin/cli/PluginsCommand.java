package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.engine.plugin.PluginEntry;
import dev.javelin.engine.plugin.PluginRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Lists what was found on the module path and in the plugins folder. */
@Command(
        name = "plugins",
        description = "Lists accelerators and strategies: kind, name, module, version, probe and reason.",
        footer = "Drop a jar, or a folder with a jar and its libraries, into the plugins folder to add one.")
final class PluginsCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Main main;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        List<PluginEntry> entries = registry(requireNonNull(main)).entries();
        entries.forEach(entry -> console.line(row(entry)));
        List<Map<String, Object>> objects = new ArrayList<>();
        entries.forEach(entry -> objects.add(object(entry)));
        console.object(Map.of("plugins", objects));
        return ExitCode.OK;
    }

    /** The plugins of this installation. */
    static PluginRegistry registry(Main main) {
        Path folder = main.pluginsFolder();
        return folder == null ? PluginRegistry.ofModulePath() : PluginRegistry.ofFolder(folder);
    }

    private static String row(PluginEntry entry) {
        return String.format(
                Locale.ROOT,
                "%-12s %-10s %-30s %-16s %-12s %s",
                kind(entry),
                entry.name(),
                orDash(entry.module()),
                orDash(entry.version()),
                status(entry),
                entry.reason().replaceAll("\\s*\\R\\s*", " "));
    }

    private static Map<String, Object> object(PluginEntry entry) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("kind", kind(entry));
        object.put("name", entry.name());
        object.put("module", entry.module());
        object.put("version", entry.version());
        object.put("location", entry.location());
        object.put("probe", status(entry));
        object.put("reason", entry.reason());
        return object;
    }

    private static String kind(PluginEntry entry) {
        return entry.kind() == null ? "unknown" : entry.kind().label();
    }

    private static String status(PluginEntry entry) {
        return entry.status().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
