package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.tck.Chapter;
import dev.javelin.tck.Chapters;
import dev.javelin.tck.Rule;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists the rules that plugins are certified by. */
@Command(
        name = "rules",
        description = "Lists the rules that plugins are certified by.",
        footer = {"Example:", "  javelin tck rules communicator"})
final class TckRulesCommand implements Callable<Integer> {
    @Parameters(paramLabel = "CHAPTER", arity = "0..1", description = "One chapter; default: all.")
    private @Nullable String name;

    @Option(names = "--markdown", description = "Print chapters as they stand in tck/spec.")
    private boolean markdown;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        List<Chapter<?>> chapters = name == null ? Chapters.all() : List.of(Chapters.named(name));
        List<Map<String, Object>> objects = new ArrayList<>();
        for (Chapter<?> chapter : chapters) {
            if (markdown) {
                console.text(chapter.markdown());
            }
            for (Rule<?> rule : chapter.rules()) {
                if (!markdown) {
                    console.line(String.format(Locale.ROOT, "%-7s %-6s %s", rule.id(), rule.level(), rule.sentence()));
                }
                objects.add(object(chapter, rule));
            }
        }
        console.object(Map.of("rules", objects));
        return ExitCode.OK;
    }

    private static Map<String, Object> object(Chapter<?> chapter, Rule<?> rule) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("chapter", chapter.name());
        object.put("id", rule.id());
        object.put("level", rule.level().name());
        object.put("sentence", rule.sentence());
        object.put("intent", rule.intent());
        return object;
    }
}
