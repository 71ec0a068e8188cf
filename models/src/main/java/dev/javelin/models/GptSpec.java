package dev.javelin.models;

import dev.javelin.api.JavelinException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The shape of a {@link Gpt}, written {@code gpt:layers=6,width=384,heads=6,vocab=65,block=256}, with {@code tied=true}
 * and {@code dropout=0.1} where they apply.
 *
 * @param layers L, number of blocks
 * @param width C, of the residual stream; a multiple of {@code heads}
 * @param vocab V, number of token ids
 * @param block largest number of positions
 * @param tied true if the output head shares the token embedding
 * @param dropout probability, after the embeddings and after the output of attention and MLP
 */
public record GptSpec(int layers, long width, int heads, long vocab, long block, boolean tied, double dropout)
        implements LanguageModelSpec {
    private static final long MOST = 1_000_000_000;

    public GptSpec {
        Settings.requireRange("layers", layers, 1, 100_000);
        Settings.requireRange("width", width, 1, 10_000_000);
        Settings.requireRange("heads", heads, 1, 1_000_000);
        Settings.requireRange("vocab", vocab, 2, MOST);
        Settings.requireRange("block", block, 1, MOST);
        Settings.requireProbability("dropout", dropout);
        if (width % heads != 0) {
            throw new JavelinException(
                    "JVL-CFG-0025",
                    "model.width is " + width + ", which " + heads + " heads do not divide",
                    "choose model.width as a multiple of model.heads, for example " + (width / heads + 1) * heads);
        }
    }

    /** The family's defaults: 4 layers, width 128, 4 heads, bytes as tokens, 128 positions, untied. */
    public static GptSpec standard() {
        return new GptSpec(4, 128, 4, 256, 128, false, 0);
    }

    @Override
    public String family() {
        return "gpt";
    }

    @Override
    public SequencedMap<String, String> settings() {
        SequencedMap<String, String> all = new LinkedHashMap<>();
        all.put("layers", Integer.toString(layers));
        all.put("width", Long.toString(width));
        all.put("heads", Integer.toString(heads));
        all.put("vocab", Long.toString(vocab));
        all.put("block", Long.toString(block));
        all.put("tied", Boolean.toString(tied));
        all.put("dropout", Double.toString(dropout));
        return all;
    }

    @Override
    public String text() {
        SequencedMap<String, String> shown = settings();
        if (!tied) {
            shown.remove("tied");
        }
        if (dropout == 0) {
            shown.remove("dropout");
        }
        return ModelSpec.text(family(), shown);
    }

    @Override
    public GptSpec with(Map<String, String> changes) {
        Settings read = new Settings(family(), changes);
        read.requireKnown(settings().keySet());
        long newLayers = read.integer("layers", layers);
        long newHeads = read.integer("heads", heads);
        Settings.requireRange("layers", newLayers, 1, 100_000);
        Settings.requireRange("heads", newHeads, 1, 1_000_000);
        return new GptSpec(
                (int) newLayers,
                read.integer("width", width),
                (int) newHeads,
                read.integer("vocab", vocab),
                read.integer("block", block),
                read.flag("tied", tied),
                read.number("dropout", dropout));
    }

    @Override
    public long parameters() {
        long embeddings = Math.multiplyExact(vocab + block, width);
        long perBlock = Math.multiplyExact(width, 12 * width + 13);
        long head = tied ? 0 : Math.multiplyExact(vocab, width);
        return Math.addExact(embeddings + head + 2 * width, Math.multiplyExact(layers, perBlock));
    }

    /** 6·N + 12·L·C·T, N without the position table, which is looked up and not multiplied. */
    @Override
    public double trainingFlops(long positions) {
        double matrices = parameters() - (double) block * width;
        return 6 * matrices + 12.0 * layers * width * positions;
    }

    @Override
    public Gpt model() {
        return new Gpt(this);
    }
}
