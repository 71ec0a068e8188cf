package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.run.CheckpointChoice;
import dev.javelin.engine.Weights;
import dev.javelin.engine.generate.Generation.WhenFull;
import dev.javelin.engine.generate.Sampling;
import dev.javelin.engine.generate.Timing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description =
                    "Text to begin with; may be given often, for several texts side by side; default: a line break.")
    private List<String> prompts = new ArrayList<>();

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "300",
            description = "Number of tokens to add, at most; default: ${DEFAULT-VALUE}.")
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
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Choose among the most likely tokens only that have the probability P together;"
                    + " default: ${DEFAULT-VALUE}.")
    private double topP = 1;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End before this text; may be given often.")
    private List<String> stops = new ArrayList<>();

    @Option(names = "--stop-token", paramLabel = "ID", description = "End before this token; may be given often.")
    private List<Integer> stopTokens = new ArrayList<>();

    @Option(
            names = "--context",
            paramLabel = "N",
            description = "Tokens of a text that the model keeps in sight; default: all positions that it has.")
    private @Nullable Integer context;

    @Option(
            names = "--when-full",
            paramLabel = "HOW",
            defaultValue = "slide",
            description = "When a text outgrows the context: slide (go on from its last half) or stop;"
                    + " default: ${DEFAULT-VALUE}.")
    private String whenFull = "slide";

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Equal seeds give equal text; default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--weights",
            paramLabel = "WHICH",
            description = "average (of a run with trainer.average) or last; default: the average if there is one.")
    private @Nullable Weights weights;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        require(tokens >= 0, "--tokens is " + tokens + ", use 0 or more");
        require(context == null || context >= 1, "--context is " + context + ", use 1 or more");
        require(stops.stream().noneMatch(String::isEmpty), "--stop is empty, use at least one character");
        require(Set.of("slide", "stop").contains(whenFull), "--when-full is '" + whenFull + "', use slide or stop");
        Writing.Request request = new Writing.Request(
                prompts.isEmpty() ? List.of("\n") : prompts,
                tokens,
                new Sampling(temperature, topK, topP, seed),
                stops,
                Set.copyOf(stopTokens),
                whenFull.equals("stop") ? WhenFull.STOP : WhenFull.SLIDE,
                context,
                device.settings(),
                weights);
        Writing writing = new Writing(PluginsCommand.registry(requireNonNull(main)), console);
        Writing.Written written = writing.write(CheckpointChoice.folder(requireNonNull(checkpoint), which), request);
        Timing timing = written.timing();
        console.note(String.format(
                Locale.ROOT,
                "prefill %,.0f tokens/s, decode %,.0f tokens/s; peak device memory %,d bytes",
                timing.prefillTokensPerSecond(),
                timing.decodeTokensPerSecond(),
                written.measuredPeakDeviceBytes()));
        console.object(object(written));
        return ExitCode.OK;
    }

    private void require(boolean condition, String problem) {
        if (!condition) {
            throw new ParameterException(requireNonNull(command).commandLine(), problem);
        }
    }

    private static Map<String, Object> object(Writing.Written written) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("checkpoint", written.checkpoint().toString());
        object.put("step", written.step());
        object.put("weights", written.weights().name().toLowerCase(Locale.ROOT));
        List<Map<String, Object>> texts =
                written.parts().stream().map(GenerateCommand::text).toList();
        if (texts.size() == 1) {
            object.putAll(texts.getFirst());
        } else {
            object.put("texts", texts);
        }
        object.put("prefillTokens", written.timing().prefillTokens());
        object.put("prefillTokensPerSecond", written.timing().prefillTokensPerSecond());
        object.put("decodeTokens", written.timing().decodeTokens());
        object.put("decodeTokensPerSecond", written.timing().decodeTokensPerSecond());
        object.put("predictedPeakDeviceBytes", written.predictedPeakDeviceBytes());
        object.put("measuredPeakDeviceBytes", written.measuredPeakDeviceBytes());
        object.put("seconds", written.seconds());
        return object;
    }

    private static Map<String, Object> text(Writing.Part part) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("prompt", part.prompt());
        object.put("text", part.text());
        object.put("tokens", part.generated().tokens().length);
        object.put(
                "ending",
                switch (part.generated().ending()) {
                    case COUNT -> "count";
                    case STOP, LISTENER -> "stop";
                    case FULL -> "full";
                });
        object.put("slides", part.generated().slides());
        return object;
    }
}
