package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.run.CheckpointChoice;
import dev.javelin.cli.run.Sampling;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Writes text with a trained model. */
@Command(
        name = "generate",
        description = "Continues a text with a trained model.",
        footer = {
            "Example:",
            "  javelin generate --checkpoint runs/first --prompt \"Call me \" --tokens 200 --temperature 0.7 --top-k 20"
        })
final class GenerateCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Main main;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            required = true,
            description = "Folder of a run (its newest checkpoint, or --which) or of a checkpoint.")
    private @Nullable Path checkpoint;

    @Option(
            names = "--which",
            paramLabel = "CHECKPOINT",
            defaultValue = CheckpointChoice.NEWEST,
            description = "Of a run: newest, best (by validation loss) or a step; default: ${DEFAULT-VALUE}.")
    private String which = CheckpointChoice.NEWEST;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "Text to begin with; default: a line break.")
    private String prompt = "\n";

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "300",
            description = "Number of tokens to add; default: ${DEFAULT-VALUE}.")
    private int tokens = 300;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0.8",
            description = "0 takes the most likely token always; higher is more varied; default: ${DEFAULT-VALUE}.")
    private double temperature = 0.8;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "40",
            description = "Choose among the K most likely tokens only; 0 for all; default: ${DEFAULT-VALUE}.")
    private int topK = 40;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Equal seeds give equal text; default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the accelerator; default: as in training.")
    private @Nullable Integer threads;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (tokens < 0) {
            throw new ParameterException(command.commandLine(), "--tokens is " + tokens + ", use 0 or more");
        }
        if (threads != null && threads < 1) {
            throw new ParameterException(command.commandLine(), "--threads is " + threads + ", use 1 or more");
        }
        Sampling sampling = new Sampling(temperature, topK, seed);
        Writing writing = new Writing(PluginsCommand.registry(requireNonNull(main)), console, Long.MAX_VALUE);
        Writing.Written written = writing.write(
                CheckpointChoice.folder(requireNonNull(checkpoint), which), prompt, tokens, sampling, threads);
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("checkpoint", written.checkpoint().toString());
        object.put("step", written.step());
        object.put("prompt", prompt);
        object.put("text", written.text());
        object.put("tokens", written.tokens());
        object.put("seconds", written.seconds());
        console.object(object);
        return ExitCode.OK;
    }
}
