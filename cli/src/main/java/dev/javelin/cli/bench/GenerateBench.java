package dev.javelin.cli.bench;

import dev.javelin.api.JavelinException;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.MatMul;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.run.Job;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.generate.CachedModel;
import dev.javelin.engine.generate.GenerationOptions;
import dev.javelin.engine.generate.Timing;
import dev.javelin.engine.profile.Limits;
import dev.javelin.engine.program.Instruction;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.spi.device.Accelerator;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Measures the reading of random texts by a model with random weights: prompts at once, then token by token, in turns with
 * reading the whole text for a token, and with adding vectors, which shows what the device's memory gives.
 */
public final class GenerateBench {
    private static final double WARM_UP_SECONDS = 5;

    private final RunConfig config;
    private final Job job;
    private final Form form;
    private final Consumer<String> progress;

    /**
     * What is measured.
     *
     * @param prompts side by side
     * @param promptTokens read at once, of each prompt
     * @param tokens read one by one after them
     */
    public record Form(int prompts, int promptTokens, int tokens, int threads, int turns) {
        private int positions() {
            return promptTokens + tokens;
        }
    }

    /**
     * A benchmark of the configured model.
     *
     * @param progress hears what is being done
     * @throws JavelinException {@code JVL-CFG-0057} for a model without tokens
     */
    public GenerateBench(RunConfig config, Job job, Form form, Consumer<String> progress) {
        if (!(config.model() instanceof LanguageModelSpec)) {
            throw new JavelinException(
                    "JVL-CFG-0057",
                    "a model of family '" + config.model().family() + "' has no tokens to count",
                    "measure a language model");
        }
        this.config = config;
        this.job = job;
        this.form = form;
        this.progress = progress;
    }

    /** Measures; takes from seconds to minutes, by the size of the model. */
    public GenerateReport run() {
        LanguageModelSpec spec = (LanguageModelSpec) config.model();
        GenerationOptions options = new GenerationOptions(config.trainer().types(), form.prompts(), form.positions());
        double[] prefill = new double[form.turns()];
        double[] decode = new double[form.turns()];
        double[] whole = new double[form.turns()];
        double[] vectors = new double[form.turns()];
        try (Accelerator accelerator = job.accelerator().open(job.acceleratorOptions());
                CachedModel model = CachedModel.open(spec.module(), options, job.strategy(), accelerator)) {
            model.session().initialize(config.trainer().seed());
            int[] text = new Random(1)
                    .ints(form.positions(), 0, Math.toIntExact(spec.vocab()))
                    .toArray();
            progress.accept("warming up");
            long start = System.nanoTime();
            do {
                text(model, text);
                whole(model, text);
            } while (System.nanoTime() - start < WARM_UP_SECONDS * 1e9);
            long peakBytes = accelerator.usage().peakBytes(); // before vectors to add take memory of their own
            for (int turn = 0; turn < form.turns(); turn++) {
                progress.accept("turn " + (turn + 1) + " of " + form.turns());
                Timing timing = text(model, text);
                prefill[turn] = timing.prefillTokensPerSecond();
                decode[turn] = timing.decodeTokensPerSecond();
                whole[turn] = form.prompts() / whole(model, text);
                vectors[turn] =
                        Limits.measure(accelerator, options.precision().master().wide())
                                        .bytesPerSecond()
                                / 1e9;
            }
            Compilation compilation = model.session().compilation();
            return new GenerateReport(
                    spec.text(),
                    form.prompts(),
                    form.promptTokens(),
                    form.tokens(),
                    form.threads(),
                    config.trainer().precision().label(),
                    median(prefill),
                    median(decode),
                    median(whole),
                    decodeBytes(compilation),
                    median(vectors),
                    compilation.memory().state(),
                    compilation.memory().peakBytes(),
                    peakBytes);
        }
    }

    /** Reads a text as generation does. */
    private Timing text(CachedModel model, int[] text) {
        Timing before = model.timing();
        IntStream.range(0, form.prompts()).forEach(model::forget);
        model.read(alike(Arrays.copyOf(text, form.promptTokens())));
        for (int i = form.promptTokens(); i < text.length; i++) {
            model.read(alike(new int[] {text[i]}));
        }
        return model.timing().since(before);
    }

    /** Seconds to read the text up to its middle token, as a generator without a cache does for that token. */
    private double whole(CachedModel model, int[] text) {
        IntStream.range(0, form.prompts()).forEach(model::forget);
        long start = System.nanoTime();
        model.read(alike(Arrays.copyOf(text, form.promptTokens() + form.tokens() / 2)));
        return (System.nanoTime() - start) / 1e9;
    }

    private List<int[]> alike(int[] tokens) {
        return java.util.Collections.nCopies(form.prompts(), tokens);
    }

    /** Bytes of the weights that a decode step multiplies by, and of the cache at the middle of the text. */
    private double decodeBytes(Compilation compilation) {
        double bytes = 0;
        for (Instruction instruction :
                compilation.program(CachedModel.DECODE).schedule().program().instructions()) {
            if (instruction.operation() instanceof MatMul || instruction.operation() instanceof FusedMatMul) {
                bytes += instruction.inputTypes().get(1).bytes();
            }
        }
        double filled = (form.promptTokens() + form.tokens() / 2.0) / form.positions();
        return bytes + filled * compilation.memory().state();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
