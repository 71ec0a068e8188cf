package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.exchange.Format;
import dev.javelin.cli.exchange.Import;
import java.nio.file.Path;
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

/** Reads weights of another system into a run that can be used and trained from. */
@Command(
        name = "import",
        description =
                "Reads weights from safetensors files into a run: generate writes with it, fit --init trains from it.",
        footer = {
            "Example:",
            "  javelin checkpoint import gpt2 --format hf --out runs/gpt2",
            "  javelin fit --init runs/gpt2 --data my-texts"
        })
final class CheckpointImportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Folder with config.json (hf) or config.yaml and safetensors files.")
    private @Nullable Path from;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            required = true,
            description = "hf: as transformers writes gpt2 and llama models; safetensors: as export writes any.")
    private @Nullable Format format;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Folder of the run; it must not exist or be empty.")
    private @Nullable Path out;

    @Option(
            names = "--tokens",
            paramLabel = "TOKENS",
            description =
                    "The model's tokenizer: gpt2, bytes, ids (numbers) or the path of a tokenizer.json; default: the"
                            + " files in DIR (tokenizer.json, or vocab.json and merges.txt of GPT-2). For --format hf.")
    private @Nullable String tokens;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (tokens != null && format != Format.HF) {
            throw new ParameterException(
                    requireNonNull(command).commandLine(),
                    "--tokens is for --format hf; files of --format safetensors say which tokenizer the model has");
        }
        Import read = Import.of(requireNonNull(from), requireNonNull(format), tokens);
        read.remarks().forEach(console::note);
        Map<String, Object> result = read.write(requireNonNull(out));
        console.line(String.format(
                Locale.ROOT, "read %s, %s parameters, into %s", result.get("model"), result.get("parameters"), out));
        console.object(result);
        return ExitCode.OK;
    }
}
