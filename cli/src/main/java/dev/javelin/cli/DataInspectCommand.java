package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.data.corpus.Corpus;
import dev.javelin.data.corpus.Inspection;
import dev.javelin.data.corpus.Inspection.Report;
import dev.javelin.data.tokenize.TokenizerIdentity;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a corpus holds. */
@Command(
        name = "inspect",
        description = "Shows what a corpus or Arrow files hold: tokenizer, counts, use of the vocabulary, first rows.",
        footer = {
            "Examples:",
            "  javelin data inspect corpus --rows 5",
            "  javelin data inspect saved-dataset --tokens gpt2 --json"
        })
final class DataInspectCommand implements Callable<Integer> {
    private static final int ROW_TOKENS = 64;
    private static final int MOST_USED = 10;
    /** For ids without a tokenizer: more than any vocabulary has. */
    private static final int MOST_IDS = 1 << 24;

    @Parameters(index = "0", paramLabel = "PATH", description = "A corpus, a saved dataset, or an Arrow file.")
    private @Nullable Path path;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "3",
            description = "Rows whose beginning is shown as text; default: ${DEFAULT-VALUE}.")
    private int rows = 3;

    @Option(
            names = "--tokens",
            paramLabel = "TOKENIZER",
            defaultValue = Corpus.AUTO,
            description = "The tokenizer of files that do not name theirs: gpt2, bytes, ids, a tokenizer.json.")
    private String tokens = Corpus.AUTO;

    @Option(names = "--column", paramLabel = "NAME", description = "The column of token ids (data.column).")
    private @Nullable String column;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (rows < 0) {
            throw new ParameterException(command.commandLine(), "--rows is " + rows + ", use 0 or more");
        }
        Report report = Inspection.of(
                requireNonNull(path), new Corpus.Wish(tokens, column, MOST_IDS), rows, ROW_TOKENS, MOST_USED);
        lines(console, report);
        console.object(object(report));
        return ExitCode.OK;
    }

    private static void lines(Console console, Report report) {
        TokenizerIdentity tokenizer = report.tokenizer();
        console.line(String.format(
                Locale.ROOT,
                "tokenizer   %s, vocabulary %,d%s",
                tokenizer.shown(),
                tokenizer.vocabulary(),
                tokenizer.endOfText().isPresent()
                        ? ", end of text " + tokenizer.endOfText().getAsInt()
                        : ", no end of text"));
        console.line(String.format(
                Locale.ROOT,
                "tokens      %,d in %,d documents (%,d to %,d each, %,.0f on average), %,d rows",
                report.tokens(),
                report.documents(),
                report.shortest(),
                report.longest(),
                (double) report.tokens() / Math.max(1, report.documents()),
                report.rows()));
        console.line(String.format(
                Locale.ROOT,
                "vocabulary  %,d of %,d ids occur (%.1f %%), the largest is %,d; most often: %s",
                report.idsUsed(),
                tokenizer.vocabulary(),
                100.0 * report.idsUsed() / tokenizer.vocabulary(),
                report.largestId(),
                mostUsed(report)));
        for (Inspection.Row row : report.firstRows()) {
            console.line(String.format(
                    Locale.ROOT,
                    "row %-7d document %d, %,d tokens: %s%s",
                    row.index(),
                    row.document(),
                    row.tokens(),
                    quoted(row.text()),
                    row.whole() ? "" : " ..."));
        }
    }

    private static String mostUsed(Report report) {
        List<String> words = new ArrayList<>();
        report.mostUsed()
                .forEach(use -> words.add(quoted(use.text())
                        + String.format(Locale.ROOT, " %.1f %%", 100.0 * use.count() / report.tokens())));
        return String.join(", ", words);
    }

    /** One line, with line breaks and what a terminal would obey shown as signs. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                case '"' -> quoted.append("\\\"");
                default -> quoted.appendCodePoint(Character.isISOControl(c) ? 0xFFFD : c);
            }
        });
        return quoted.append('"').toString();
    }

    private static Map<String, Object> object(Report report) {
        TokenizerIdentity tokenizer = report.tokenizer();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("path", report.path().toString());
        object.put("tokenizer", tokenizer.name());
        object.put("tokenizerSha256", tokenizer.sha256());
        object.put("vocabulary", tokenizer.vocabulary());
        object.put(
                "endOfText",
                tokenizer.endOfText().isPresent() ? tokenizer.endOfText().getAsInt() : null);
        object.put("tokens", report.tokens());
        object.put("documents", report.documents());
        object.put("rows", report.rows());
        object.put("shortestDocument", report.shortest());
        object.put("longestDocument", report.longest());
        object.put("idsUsed", report.idsUsed());
        object.put("largestId", report.largestId());
        List<Map<String, Object>> used = new ArrayList<>();
        report.mostUsed().forEach(use -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("id", use.id());
            one.put("text", use.text());
            one.put("count", use.count());
            used.add(one);
        });
        object.put("mostUsed", used);
        List<Map<String, Object>> first = new ArrayList<>();
        report.firstRows().forEach(row -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("row", row.index());
            one.put("document", row.document());
            one.put("tokens", row.tokens());
            one.put("text", row.text());
            one.put("whole", row.whole());
            first.add(one);
        });
        object.put("firstRows", first);
        return object;
    }
}
