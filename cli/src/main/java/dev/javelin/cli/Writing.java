package dev.javelin.cli;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.StopTexts;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.cli.run.StoredTokenizer;
import dev.javelin.data.tokenize.TextStream;
import dev.javelin.data.tokenize.Tokenizer;
import dev.javelin.engine.Weights;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.generate.Generated;
import dev.javelin.engine.generate.Generation;
import dev.javelin.engine.generate.Generation.WhenFull;
import dev.javelin.engine.generate.GenerationOptions;
import dev.javelin.engine.generate.Generator;
import dev.javelin.engine.generate.Sampling;
import dev.javelin.engine.generate.Timing;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.Restoring;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.models.LanguageModule;
import dev.javelin.spi.device.Accelerator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lets a checkpoint's model write, and shows the text while it comes. */
final class Writing {
    private final PluginRegistry plugins;
    private final Console console;

    /**
     * What to write.
     *
     * @param tokens to add to each prompt, at most
     * @param stopTexts end a text and do not become part of it, as do {@code stopTokens}
     * @param context positions that the model keeps of a text; null for all that it has
     * @param device settings of the accelerator that are laid over those of the run
     * @param weights of the checkpoint; null for their average if it has one
     */
    record Request(
            List<String> prompts,
            int tokens,
            Sampling sampling,
            List<String> stopTexts,
            Set<Integer> stopTokens,
            WhenFull whenFull,
            @Nullable Integer context,
            List<Setting> device,
            @Nullable Weights weights) {

        /** One prompt and no more conditions than a number of tokens. */
        static Request of(String prompt, int tokens, Sampling sampling, int context) {
            return new Request(
                    List.of(prompt), tokens, sampling, List.of(), Set.of(), WhenFull.SLIDE, context, List.of(), null);
        }
    }

    /** The continuation of one prompt. */
    record Part(String prompt, String text, Generated generated) {}

    /** What was written. */
    record Written(
            Path checkpoint,
            long step,
            Weights weights,
            List<Part> parts,
            Timing timing,
            double seconds,
            long predictedPeakDeviceBytes,
            long measuredPeakDeviceBytes) {}

    Writing(PluginRegistry plugins, Console console) {
        this.plugins = plugins;
        this.console = console;
    }

    /**
     * Continues prompts; the first is shown while it grows, the others after it.
     *
     * @param from folder of a run or of a checkpoint
     */
    Written write(Path from, Request request) {
        try (Checkpoint checkpoint = Checkpoint.open(from);
                Tokenizer tokenizer = StoredTokenizer.open(checkpoint)) {
            RunConfig config = StoredConfig.read(checkpoint, request.device());
            LanguageModelSpec spec = requireLanguageModel(config, checkpoint);
            requireStops(request, spec);
            List<int[]> prompts = request.prompts().stream()
                    .map(prompt -> tokens(tokenizer, prompt, spec))
                    .toList();
            Weights weights = Restoring.weights(checkpoint, request.weights());
            LanguageModule module = spec.module();
            GenerationOptions options =
                    GenerationOptions.of(config.trainer().types(), module).withSequences(prompts.size());
            if (request.context() != null) {
                options = new GenerationOptions(options.precision(), options.sequences(), request.context());
            }
            Generation what = new Generation(
                    prompts,
                    request.tokens(),
                    (int) Math.min(tokenizer.vocabulary(), spec.vocab()),
                    request.sampling(),
                    stopTokens(tokenizer, request),
                    request.whenFull());
            Job job = new Job(config, plugins);
            long start = System.nanoTime();
            try (Accelerator accelerator = job.accelerator().open(job.acceleratorOptions());
                    Generator generator = Generator.open(module, options, job.strategy(), accelerator)) {
                Restoring.parameters(checkpoint, generator.session(), weights);
                List<Part> parts = show(request, tokenizer, generator, what);
                double seconds = (System.nanoTime() - start) / 1e9;
                long predicted = generator.session().compilation().memory().peakBytes();
                return new Written(
                        checkpoint.folder(),
                        checkpoint.step(),
                        weights,
                        parts,
                        generator.timing(),
                        seconds,
                        predicted,
                        accelerator.usage().peakBytes());
            }
        }
    }

    private List<Part> show(Request request, Tokenizer tokenizer, Generator generator, Generation what) {
        List<Page> pages = new ArrayList<>();
        for (int i = 0; i < request.prompts().size(); i++) {
            pages.add(new Page(i == 0, after(tokenizer, what.prompts().get(i)), request.stopTexts()));
        }
        title(0, request.prompts());
        List<Generated> all =
                generator.generate(what, (i, token) -> pages.get(i).add(token));
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (i > 0) {
                title(i, request.prompts());
                console.text(printable(pages.get(i).text.toString()));
            }
            pages.get(i).end(i > 0);
            console.text(System.lineSeparator());
            parts.add(new Part(request.prompts().get(i), pages.get(i).text.toString(), all.get(i)));
        }
        if (all.stream().anyMatch(text -> text.slides() > 0)) {
            console.note("a text outgrew the context: the model went on from the last half of it");
        }
        return parts;
    }

    private void title(int index, List<String> prompts) {
        if (prompts.size() > 1) {
            console.line("--- " + (index + 1) + " of " + prompts.size());
        }
        console.text(printable(prompts.get(index)));
    }

    /** One text while it grows. */
    private final class Page {
        private final boolean shown;
        private final TextStream stream;
        private final StopTexts stops;
        final StringBuilder text = new StringBuilder();

        Page(boolean shown, TextStream stream, List<String> stopTexts) {
            this.shown = shown;
            this.stream = stream;
            this.stops = new StopTexts(stopTexts);
        }

        boolean add(int token) {
            append(stops.add(stream.add(token)), shown);
            return !stops.found();
        }

        void end(boolean show) {
            append(stops.add(stream.end()) + stops.end(), shown || show);
        }

        private void append(String part, boolean show) {
            text.append(part);
            if (show) {
                console.text(printable(part));
            }
        }
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

    private static void requireStops(Request request, LanguageModelSpec spec) {
        for (int token : request.stopTokens()) {
            if (token < 0 || token >= spec.vocab()) {
                throw new JavelinException(
                        "JVL-CFG-0088",
                        "--stop-token " + token + " is not one of the model's " + spec.vocab(),
                        "use a token id from 0 to " + (spec.vocab() - 1));
            }
        }
    }

    /** Those of the request, and the end of text, where the tokenizer has one. */
    private static Set<Integer> stopTokens(Tokenizer tokenizer, Request request) {
        Set<Integer> stops = new HashSet<>(request.stopTokens());
        tokenizer.identity().endOfText().ifPresent(stops::add);
        return stops;
    }

    /** The tokens of a prompt; white space that has none begins where a document does. */
    private static int[] tokens(Tokenizer tokenizer, String prompt, LanguageModelSpec spec) {
        int[] tokens = tokenizer.encode(prompt);
        if (tokens.length == 0 && !prompt.isEmpty()) {
            tokens = new int[] {tokenizer.identity().endOfText().orElse(0)};
        }
        if (tokens.length == 0) {
            throw new JavelinException(
                    "JVL-CFG-0058", "the prompt is empty", "give at least one character to begin with");
        }
        for (int token : tokens) {
            if (token >= spec.vocab()) {
                throw new JavelinException(
                        "JVL-CFG-0059",
                        "token " + token + " of the prompt is beyond the model's vocabulary of " + spec.vocab(),
                        "use a model whose vocabulary is that of its tokenizer, " + tokenizer.vocabulary());
            }
        }
        return tokens;
    }

    /** A stream that stands behind the prompt: what a token looks like may depend on the one before. */
    private static TextStream after(Tokenizer tokenizer, int[] prompt) {
        TextStream stream = tokenizer.stream();
        for (int token : prompt) {
            stream.add(token);
        }
        return stream;
    }

    /** Text that does nothing to a terminal: control characters but line breaks and tabs are replaced. */
    private static String printable(String text) {
        StringBuilder safe = new StringBuilder();
        text.codePoints()
                .forEach(c -> safe.appendCodePoint(Character.isISOControl(c) && c != '\n' && c != '\t' ? 0xFFFD : c));
        return safe.toString();
    }
}
