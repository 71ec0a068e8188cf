package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.api.DType;
import dev.javelin.cli.exchange.ByteSize;
import dev.javelin.cli.exchange.Export;
import dev.javelin.cli.exchange.Format;
import dev.javelin.data.tokenize.IdTokenizer;
import dev.javelin.engine.Weights;
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
import picocli.CommandLine.Spec;

/** Writes the weights of a checkpoint for another system. */
@Command(
        name = "export",
        description = "Writes the weights of a checkpoint as safetensors files, under our names or Hugging Face's.",
        footer = {"Example:", "  javelin checkpoint export --checkpoint runs/first --format hf --out first-hf"})
final class CheckpointExportCommand implements Callable<Integer> {
    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            required = true,
            description = "Folder of a run (its newest checkpoint) or of a checkpoint.")
    private @Nullable Path checkpoint;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            required = true,
            description = "hf: what transformers reads, for gpt and llama models; safetensors: our own names.")
    private @Nullable Format format;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Folder to write; it must not exist or be empty.")
    private @Nullable Path out;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "F64, F32, BF16 or F16; default: as the checkpoint has them.")
    private @Nullable String dtype;

    @Option(
            names = "--max-file-size",
            paramLabel = "SIZE",
            defaultValue = "5GB",
            description = "Bytes of tensors in a file, such as 500MB; more go into several; default: ${DEFAULT-VALUE}.")
    private String mostFileSize = "5GB";

    @Option(
            names = "--weights",
            paramLabel = "WHICH",
            description = "last or average; default: the average if the checkpoint has one.")
    private @Nullable Weights weights;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        long most = ByteSize.parse(mostFileSize)
                .orElseThrow(() -> new ParameterException(
                        requireNonNull(command).commandLine(),
                        "--max-file-size is '" + mostFileSize + "', use a number of bytes, or one with KB, MB or GB"));
        Export export = new Export(requireNonNull(checkpoint), weights, dtype(), most);
        Map<String, Object> result = export.write(requireNonNull(format), requireNonNull(out));
        if (format == Format.HF && IdTokenizer.NAME.equals(result.get("tokenizer"))) {
            console.note("note: no tokenizer files: the model was trained on numbers of tokens (data.tokens: ids)");
        }
        console.line(String.format(
                Locale.ROOT,
                "wrote %s as %s into %s: %s",
                result.get("checkpoint"),
                result.get("dtype"),
                result.get("out"),
                result.get("files")));
        console.object(result);
        return ExitCode.OK;
    }

    private @Nullable DType dtype() {
        if (dtype == null) {
            return null;
        }
        for (DType type : DType.values()) {
            if (type.floating() && type.label().equalsIgnoreCase(dtype)) {
                return type;
            }
        }
        throw new ParameterException(
                requireNonNull(command).commandLine(), "--dtype is '" + dtype + "', use F64, F32, BF16 or F16");
    }
}
