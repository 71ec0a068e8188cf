package dev.javelin.engine.generate;

import dev.javelin.api.GenerativeModule;
import dev.javelin.api.JavelinException;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.engine.generate.Generated.Ending;
import dev.javelin.engine.generate.Generation.WhenFull;
import dev.javelin.engine.run.Session;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.kernel.TokenChoice;
import dev.javelin.spi.strategy.Strategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes texts with a language model, token by token; token ids in, token ids out.
 *
 * <pre>{@code
 * try (Generator generator = Generator.open(module, GenerationOptions.of(DType.FLOAT32, module), strategy, accelerator)) {
 *     Restoring.parameters(checkpoint, generator.session());
 *     Generation what = Generation.of(prompt, 200).withSampling(Sampling.of(0.8, 1).withTopK(40));
 *     int[] added = generator.generate(what, (text, token) -> true).getFirst().tokens();
 * }
 * }</pre>
 *
 * <p>Used by one thread.
 */
public final class Generator implements AutoCloseable {
    private static final int[] NOTHING = {};

    private final CachedModel model;

    /** Hears of each new token at once. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A token was added.
         *
         * @param text index of the prompt that it continues
         * @return whether the text goes on
         */
        boolean token(int text, int token);
    }

    /** A generator over this model, which it owns. */
    public Generator(CachedModel model) {
        this.model = model;
    }

    /** Compiles a model and allocates its memory: see {@link CachedModel#open}. */
    public static Generator open(
            GenerativeModule module, GenerationOptions options, Strategy strategy, Accelerator accelerator) {
        return new Generator(CachedModel.open(module, options, strategy, accelerator));
    }

    /** The model's memory, with its parameters. */
    public Session session() {
        return model.session();
    }

    /** What was read so far, and for how long. */
    public Timing timing() {
        return model.timing();
    }

    /**
     * Continues all prompts side by side. With {@link WhenFull#SLIDE}, of a prompt longer than the cache the last tokens
     * are read.
     *
     * @return one for each prompt
     * @throws JavelinException {@code JVL-API-0043} for a token outside the vocabulary, {@code JVL-API-0046} for a prompt
     *     that is too long, {@code JVL-NUM-0010} if the model gives no number for the next token
     */
    public List<Generated> generate(Generation what, Listener listener) {
        int b = model.options().sequences();
        if (what.prompts().size() > b) {
            throw new IllegalArgumentException(what.prompts().size() + " prompts for a model that reads " + b);
        }
        List<Text> texts = new ArrayList<>();
        for (int i = 0; i < b; i++) {
            model.forget(i);
            texts.add(i < what.prompts().size() ? begin(i, what) : Text.absent());
        }
        while (texts.stream().anyMatch(Text::going)) {
            List<int[]> unread = new ArrayList<>();
            List<TokenChoice> next = new ArrayList<>();
            for (int i = 0; i < b; i++) {
                unread.add(texts.get(i).going() ? texts.get(i).unread : NOTHING);
                next.add(
                        what.sampling().withSeed(what.sampling().seed() + i).choice(what.choices(), texts.get(i).size));
            }
            model.read(unread, next);
            for (int i = 0; i < b; i++) {
                if (texts.get(i).going()) {
                    advance(i, texts.get(i), what, listener);
                }
            }
        }
        return texts.stream().limit(what.prompts().size()).map(Text::generated).toList();
    }

    private Text begin(int index, Generation what) {
        int[] prompt = what.prompts().get(index);
        int room = model.options().capacity();
        if (prompt.length > room && what.whenFull() == WhenFull.STOP) {
            throw new JavelinException(
                    "JVL-API-0046",
                    "prompt " + (index + 1) + " has " + prompt.length + " tokens, and there is room for " + room,
                    "shorten it, or let the text slide when it outgrows the model");
        }
        Text text = new Text(prompt, what.tokens());
        text.unread = text.last(Math.min(room, prompt.length));
        text.ending = what.tokens() == 0 ? Ending.COUNT : null;
        return text;
    }

    private void advance(int index, Text text, Generation what, Listener listener) {
        int token = model.chosen(index);
        if (token == ChooseToken.NONE) {
            throw new JavelinException(
                    "JVL-NUM-0010",
                    "the model gives no finite number for token " + (text.size + 1) + " of text " + (index + 1),
                    "use an earlier checkpoint: weights of this one are not finite, or too large for the precision");
        }
        if (what.stops().contains(token)) {
            text.ending = Ending.STOP;
            return;
        }
        text.add(token);
        boolean more = listener.token(index, token);
        text.ending = !more ? Ending.LISTENER : text.size - text.prompt == what.tokens() ? Ending.COUNT : null;
        if (text.going()) {
            prepare(index, text, what.whenFull());
        }
    }

    /** What is to be read next: the new token, or the last half of the text if there is no room left. */
    private void prepare(int index, Text text, WhenFull whenFull) {
        int room = model.options().capacity();
        if (model.length(index) < room) {
            text.unread = text.last(1);
        } else if (whenFull == WhenFull.STOP) {
            text.ending = Ending.FULL;
        } else {
            model.forget(index);
            text.unread = text.last(Math.max(1, room / 2));
            text.slides++;
        }
    }

    @Override
    public void close() {
        model.close();
    }

    /** One text while it grows. */
    private static final class Text {
        final int[] tokens;
        final int prompt;
        int size;
        int slides;
        int[] unread = NOTHING;

        @Nullable
        Ending ending;

        Text(int[] prompt, int most) {
            this.prompt = prompt.length;
            tokens = Arrays.copyOf(prompt, Math.addExact(prompt.length, most));
            size = prompt.length;
        }

        /** In the place of a text that nobody asked for. */
        static Text absent() {
            Text text = new Text(NOTHING, 0);
            text.ending = Ending.COUNT;
            return text;
        }

        boolean going() {
            return ending == null;
        }

        void add(int token) {
            tokens[size++] = token;
        }

        int[] last(int count) {
            return Arrays.copyOfRange(tokens, size - count, size);
        }

        Generated generated() {
            return new Generated(
                    Arrays.copyOfRange(tokens, prompt, size), java.util.Objects.requireNonNull(ending), slides);
        }
    }
}
