package dev.javelin.tck;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run of the kit found.
 *
 * @param versions of Javelin, Java, JVM and operating system
 * @param settings how the plugin was checked
 * @param full whether the checks had their full extent
 */
public record Report(
        String chapter,
        PluginFacts plugin,
        Instant date,
        Map<String, String> versions,
        Map<String, String> settings,
        boolean full,
        List<Result> results) {

    /** CERTIFIED: every MUST that applies was kept, at full extent. PARTIAL: kept, as far as a short run looks. */
    public enum Verdict {
        CERTIFIED,
        PARTIAL,
        FAILED
    }

    public Report {
        results = List.copyOf(results);
    }

    static Report of(String chapter, Subject subject, Instant began, List<Result> results) {
        return new Report(
                chapter,
                subject.plugin(),
                began.truncatedTo(ChronoUnit.SECONDS),
                currentVersions(),
                subject.settings(),
                subject.full(),
                results);
    }

    private static Map<String, String> currentVersions() {
        java.lang.module.ModuleDescriptor module = Report.class.getModule().getDescriptor();
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("javelin", module == null ? "unknown" : module.rawVersion().orElse("unknown"));
        versions.put("java", Runtime.version().toString());
        versions.put("vm", System.getProperty("java.vm.name") + ", " + System.getProperty("java.vm.vendor"));
        versions.put(
                "os",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        return versions;
    }

    public Verdict verdict() {
        if (results.stream().anyMatch(Result::fatal)) {
            return Verdict.FAILED;
        }
        return full ? Verdict.CERTIFIED : Verdict.PARTIAL;
    }

    /** How many rules ended so. */
    public long count(Result.Outcome outcome) {
        return results.stream().filter(result -> result.outcome() == outcome).count();
    }

    /** The verdict in one line. */
    public String summary() {
        return plugin.kind() + " '" + plugin.name() + "': " + label(verdict()) + "; " + count(Result.Outcome.PASSED)
                + " passed, " + count(Result.Outcome.FAILED) + " failed, " + count(Result.Outcome.INAPPLICABLE)
                + " inapplicable";
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** The report as data, as it stands in {@code certificate.json}. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("chapter", chapter);
        map.put("verdict", label(verdict()));
        map.put("date", date.toString());
        map.put("versions", versions);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("kind", plugin.kind());
        facts.put("name", plugin.name());
        facts.put("module", plugin.module());
        facts.put("version", plugin.version());
        facts.put("file", plugin.file());
        facts.put("sha256", plugin.sha256());
        map.put("plugin", facts);
        map.put("settings", settings);
        map.put("passed", count(Result.Outcome.PASSED));
        map.put("failed", count(Result.Outcome.FAILED));
        map.put("inapplicable", count(Result.Outcome.INAPPLICABLE));
        List<Map<String, Object>> rows = new ArrayList<>();
        results.forEach(result -> rows.add(row(result)));
        map.put("rules", rows);
        return map;
    }

    private static Map<String, Object> row(Result result) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", result.rule().id());
        row.put("level", result.rule().level().name());
        row.put("result", label(result.outcome()));
        row.put("seconds", Math.round(result.seconds() * 1000) / 1000.0);
        Breach breach = result.breach();
        if (breach == null) {
            row.put(result.outcome() == Result.Outcome.INAPPLICABLE ? "reason" : "figure", result.figure());
        } else {
            row.put("actual", breach.actual());
            row.put("expected", breach.expected());
            row.put("place", breach.place());
        }
        return row;
    }

    /** The report for people. */
    public String markdown() {
        StringBuilder text = new StringBuilder("# ").append(summary()).append("\n\n");
        text.append("| | |\n|---|---|\n");
        text.append("| date | ").append(date).append(" |\n");
        text.append("| module | ")
                .append(plugin.module())
                .append(' ')
                .append(plugin.version())
                .append(" |\n");
        text.append("| file | ").append(plugin.file()).append(" |\n");
        text.append("| SHA-256 | `").append(plugin.sha256()).append("` |\n");
        versions.forEach((key, value) ->
                text.append("| ").append(key).append(" | ").append(cell(value)).append(" |\n"));
        settings.forEach((key, value) ->
                text.append("| ").append(key).append(" | ").append(cell(value)).append(" |\n"));
        text.append("\n| rule | level | result | s | |\n|---|---|---|---:|---|\n");
        for (Result result : results) {
            Breach breach = result.breach();
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %.2f | %s<br>%s |%n",
                    result.rule().id(),
                    result.rule().level(),
                    result.outcome() == Result.Outcome.FAILED ? "**FAILED**" : label(result.outcome()),
                    result.seconds(),
                    cell(result.rule().sentence()),
                    cell(breach == null ? result.figure() : String.valueOf(breach.getMessage()))));
        }
        return text.toString();
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replaceAll("\\s*\\R\\s*", " ");
    }

    /**
     * Writes {@code report.md} and {@code certificate.json}; makes the folder.
     *
     * @throws JavelinException {@code JVL-TCK-0001} if they cannot be written
     */
    public void write(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("report.md"), markdown());
            Files.writeString(
                    folder.resolve("certificate.json"),
                    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(toMap()) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report that is no JSON", e);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-TCK-0001",
                    "the report cannot be written to " + folder + ": " + e,
                    "choose another folder with --out",
                    e);
        }
    }
}
