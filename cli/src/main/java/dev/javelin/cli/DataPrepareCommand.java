package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.api.JavelinException;
import dev.javelin.data.corpus.Corpus;
import dev.javelin.data.corpus.CorpusManifest;
import dev.javelin.data.corpus.Preparation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Tokenises text once. */
@Command(
        name = "prepare",
        description = "Tokenises text files once, into a folder with an Arrow file that fit trains on.",
        footer = {
            "Examples:",
            "  javelin data prepare --data my-texts --tokens gpt2 --out corpus",
            "  javelin data prepare --data my-texts --tokens my-model/tokenizer.json --out corpus",
            "  javelin fit --data corpus"
        })
final class DataPrepareCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "FILE_OR_FOLDER",
            required = true,
            description = "Text; of a folder, all text files below it, each a document.")
    private @Nullable Path data;

    @Option(
            names = "--tokens",
            paramLabel = "TOKENIZER",
            defaultValue = "gpt2",
            description = "bytes, gpt2, or the path of a tokenizer.json; default: ${DEFAULT-VALUE}.")
    private String tokens = "gpt2";

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            required = true,
            description = "Folder of the corpus; one that is current is used again.")
    private @Nullable Path out;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that tokenise; default: all processors.")
    private @Nullable Integer threads;

    @Option(names = "--overwrite", description = "Replace a corpus of another text or tokenizer in the folder.")
    private boolean overwrite;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (threads != null && threads < 1) {
            throw new ParameterException(command.commandLine(), "--threads is " + threads + ", use 1 or more");
        }
        Path text = requireNonNull(data);
        if (Files.exists(text) && Corpus.at(text)) {
            throw new JavelinException(
                    "JVL-DAT-0086",
                    text.toAbsolutePath() + " holds tokens already",
                    "train on it as it is with fit --data, or name text to prepare");
        }
        int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        long start = System.nanoTime();
        Preparation.Prepared prepared = new Preparation(text, tokens, requireNonNull(out), workers, overwrite)
                .run(new PreparationProgress(console));
        report(console, prepared, (System.nanoTime() - start) / 1e9);
        return ExitCode.OK;
    }

    private static void report(Console console, Preparation.Prepared prepared, double seconds) {
        CorpusManifest manifest = prepared.manifest();
        console.line(String.format(
                Locale.ROOT,
                "%s: %,d tokens (%s) of %,d document%s, %,d bytes of text, %s",
                prepared.folder(),
                manifest.tokens(),
                manifest.tokenizer().shown(),
                manifest.documents(),
                manifest.documents() == 1 ? "" : "s",
                manifest.bytes(),
                prepared.reused() ? "current already" : String.format(Locale.ROOT, "in %.1f s", seconds)));
        if (manifest.malformed() > 0) {
            console.note(String.format(
                    Locale.ROOT, "%,d parts of the text are no UTF-8 and stand as U+FFFD", manifest.malformed()));
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("out", prepared.folder().toString());
        object.put("reused", prepared.reused());
        object.put("tokenizer", manifest.tokenizer().name());
        object.put("vocabulary", manifest.tokenizer().vocabulary());
        object.put("tokens", manifest.tokens());
        object.put("documents", manifest.documents());
        object.put("bytes", manifest.bytes());
        object.put("malformed", manifest.malformed());
        object.put("seconds", seconds);
        console.object(object);
    }
}
