package dev.javelin.cli;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.run.ByteDecoder;
import dev.javelin.cli.run.Generator;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.Sampling;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.spi.device.Accelerator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Lets a checkpoint's model write, and shows the text while it comes. */
final class Writing {
    /** How far back the sample after a training looks: enough to judge it by, and quick for large models too. */
    static final long SAMPLE_CONTEXT = 128;

    private static final int BYTES = 256;

    private final PluginRegistry plugins;
    private final Console console;
    private final long context;

    /** What was written. */
    record Written(Path checkpoint, long step, String text, int tokens, double seconds) {}

    Writing(PluginRegistry plugins, Console console, long context) {
        this.plugins = plugins;
        this.console = console;
        this.context = context;
    }

    /**
     * Continues a prompt.
     *
     * @param from folder of a run or of a checkpoint
     * @param threads of the accelerator; null for those of the run
     */
    Written write(Path from, String prompt, int count, Sampling sampling, @Nullable Integer threads) {
        try (Checkpoint checkpoint = Checkpoint.open(from)) {
            RunConfig config = StoredConfig.read(checkpoint);
            LanguageModelSpec spec = requireLanguageModel(config, checkpoint);
            int[] tokens = tokens(prompt, spec);
            Job job = new Job(threads == null ? config : config.withThreads(threads), plugins);
            StringBuilder text = new StringBuilder();
            ByteDecoder decoder = new ByteDecoder();
            long start = System.nanoTime();
            try (Accelerator accelerator = job.accelerator().open(job.acceleratorOptions());
                    Generator generator = new Generator(
                            spec, context, config.trainer().precision(), job.strategy(), accelerator, checkpoint)) {
                console.text(ByteDecoder.printable(prompt));
                int choices = (int) Math.min(BYTES, spec.vocab());
                generator.generate(tokens, choices, count, sampling, token -> show(decoder.add(token), text));
            }
            show(decoder.end(), text);
            console.text(System.lineSeparator());
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Written(checkpoint.folder(), checkpoint.step(), text.toString(), count, seconds);
        }
    }

    private void show(String part, StringBuilder text) {
        text.append(part);
        console.text(ByteDecoder.printable(part));
    }

    private static LanguageModelSpec requireLanguageModel(RunConfig config, Checkpoint checkpoint) {
        if (config.model() instanceof LanguageModelSpec language) {
            return language;
        }
        throw new JavelinException(
                "JVL-CKP-0042",
                checkpoint.folder() + " holds a model of family '"
                        + config.model().family() + "', which writes no text",
                "use the checkpoint of a language model, of family gpt or llama");
    }

    private static int[] tokens(String prompt, LanguageModelSpec spec) {
        byte[] bytes = prompt.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0) {
            throw new JavelinException(
                    "JVL-CFG-0058", "the prompt is empty", "give at least one character to begin with");
        }
        int[] tokens = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            tokens[i] = bytes[i] & 0xFF;
            if (tokens[i] >= spec.vocab()) {
                throw new JavelinException(
                        "JVL-CFG-0059",
                        "byte " + tokens[i] + " of the prompt is beyond the model's vocabulary of " + spec.vocab(),
                        "use a model trained on bytes, with model.vocab=256");
            }
        }
        return tokens;
    }
}
