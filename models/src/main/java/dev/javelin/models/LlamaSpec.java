package dev.javelin.models;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * The shape of a {@link Llama}, written {@code llama:layers=6,width=384,heads=6,kvHeads=2,ff=1024,vocab=65,block=256},
 * with {@code tied=true}, {@code dropout=0.1}, {@code ropeBase=500000} and {@code epsilon=1e-6} where they apply. Given
 * {@code heads} alone, {@code kvHeads} is the same; given {@code width} alone, {@code ff} is Llama's two thirds of 4C,
 * rounded up to a multiple of 64.
 *
 * @param layers L, number of blocks
 * @param width C, of the residual stream; a multiple of {@code heads}, an even one
 * @param heads H, query heads
 * @param kvHeads K, key and value heads; a divisor of {@code heads}
 * @param ff F, width of the gated feed-forward layer
 * @param vocab V, number of token ids
 * @param block largest number of positions
 * @param tied true if the output head shares the token embedding
 * @param dropout probability, after the embedding and after the output of attention and feed-forward layer
 * @param ropeBase base of the rotary positions' angles
 * @param epsilon of the norms
 */
public record LlamaSpec(
        int layers,
        long width,
        int heads,
        int kvHeads,
        long ff,
        long vocab,
        long block,
        boolean tied,
        double dropout,
        double ropeBase,
        double epsilon)
        implements LanguageModelSpec {
    private static final long MOST = 1_000_000_000;
    private static final double ROPE_BASE = 10_000;
    private static final double EPSILON = 1e-5;
    private static final int FF_MULTIPLE = 64;

    public LlamaSpec {
        Settings.requireRange("layers", layers, 1, 100_000);
        Settings.requireRange("width", width, 1, 10_000_000);
        Settings.requireRange("heads", heads, 1, 1_000_000);
        Settings.requireRange("kvHeads", kvHeads, 1, heads);
        Settings.requireRange("ff", ff, 1, 100_000_000);
        Settings.requireRange("vocab", vocab, 2, MOST);
        Settings.requireRange("block", block, 1, MOST);
        Settings.requireProbability("dropout", dropout);
        Settings.requireAbove("ropeBase", ropeBase, 0);
        Settings.requireAbove("epsilon", epsilon, 0);
        if (width % (2L * heads) != 0) {
            throw new JavelinException(
                    "JVL-CFG-0025",
                    "model.width is " + width + ", which gives " + heads + " heads no even width: rotary positions turn"
                            + " pairs",
                    "choose model.width as a multiple of 2 · model.heads, for example "
                            + (width / (2L * heads) + 1) * 2 * heads);
        }
        if (heads % kvHeads != 0) {
            throw new JavelinException(
                    "JVL-CFG-0026",
                    "model.kvHeads is " + kvHeads + ", which does not divide the " + heads + " heads",
                    "choose model.kvHeads as a divisor of model.heads");
        }
    }

    /** A model of this size with Llama's usual settings: its own head, no dropout, base 10000, ε 1e-5. */
    public static LlamaSpec of(int layers, long width, int heads, int kvHeads, long ff, long vocab, long block) {
        return new LlamaSpec(layers, width, heads, kvHeads, ff, vocab, block, false, 0, ROPE_BASE, EPSILON);
    }

    /** The family's defaults: 4 layers, width 128, 4 heads, 2 key heads, bytes as tokens, 128 positions, untied. */
    public static LlamaSpec standard() {
        return of(4, 128, 4, 2, 384, 256, 128);
    }

    /** The same with another base of the rotary positions. */
    public LlamaSpec withRopeBase(double base) {
        return new LlamaSpec(layers, width, heads, kvHeads, ff, vocab, block, tied, dropout, base, epsilon);
    }

    /** Two thirds of 4C, rounded up to a multiple of 64. */
    private static long usualFf(long width) {
        return Math.ceilDiv(8 * width, 3L * FF_MULTIPLE) * FF_MULTIPLE;
    }

    @Override
    public String family() {
        return "llama";
    }

    @Override
    public SequencedMap<String, String> settings() {
        SequencedMap<String, String> all = new LinkedHashMap<>();
        all.put("layers", Integer.toString(layers));
        all.put("width", Long.toString(width));
        all.put("heads", Integer.toString(heads));
        all.put("kvHeads", Integer.toString(kvHeads));
        all.put("ff", Long.toString(ff));
        all.put("vocab", Long.toString(vocab));
        all.put("block", Long.toString(block));
        all.put("tied", Boolean.toString(tied));
        all.put("dropout", Double.toString(dropout));
        all.put("ropeBase", Double.toString(ropeBase));
        all.put("epsilon", Double.toString(epsilon));
        return all;
    }

    @Override
    public String text() {
        SequencedMap<String, String> shown = settings();
        Map<String, String> usual = standard().settings();
        for (String key : new String[] {"tied", "dropout", "ropeBase", "epsilon"}) {
            if (Objects.equals(shown.get(key), usual.get(key))) {
                shown.remove(key);
            }
        }
        return ModelSpec.text(family(), shown);
    }

    @Override
    public LlamaSpec with(Map<String, String> changes) {
        Settings read = new Settings(family(), changes);
        read.requireKnown(settings().keySet());
        long newLayers = read.integer("layers", layers);
        long newWidth = read.integer("width", width);
        long newHeads = read.integer("heads", heads);
        Settings.requireRange("layers", newLayers, 1, 100_000);
        Settings.requireRange("heads", newHeads, 1, 1_000_000);
        long newKvHeads = read.integer("kvHeads", changes.containsKey("heads") ? newHeads : kvHeads);
        Settings.requireRange("kvHeads", newKvHeads, 1, newHeads);
        return new LlamaSpec(
                (int) newLayers,
                newWidth,
                (int) newHeads,
                (int) newKvHeads,
                read.integer("ff", changes.containsKey("width") ? usualFf(newWidth) : ff),
                read.integer("vocab", vocab),
                read.integer("block", block),
                read.flag("tied", tied),
                read.number("dropout", dropout),
                read.number("ropeBase", ropeBase),
                read.number("epsilon", epsilon));
    }

    /** D, the width of one head. */
    public long headWidth() {
        return width / heads;
    }

    /** How queries, keys and values meet. */
    public Heads attention() {
        return Heads.causal(heads).withKvHeads(kvHeads);
    }

    /** The rotary table of positions from 0 on for x [B, T, C]: [T, D]. */
    Tensor positions(Tensor x) {
        return rotary(x.iota(TensorType.of(DType.INT32, x.dim(1)), 0), x.dtype().wide());
    }

    /** The rotary table of these positions, INT32 [..] → [.., D]. */
    public Tensor rotary(Tensor positions, DType dtype) {
        return positions.rotaryTable(headWidth(), ropeBase, dtype);
    }

    @Override
    public long parameters() {
        long attention = Math.multiplyExact(2 * width, width + kvHeads * headWidth());
        long feedForward = Math.multiplyExact(3 * width, ff);
        long perBlock = Math.addExact(attention, Math.addExact(feedForward, 2 * width));
        long tables = Math.multiplyExact(tied ? 1 : 2, Math.multiplyExact(vocab, width));
        return Math.addExact(tables + width, Math.multiplyExact(layers, perBlock));
    }

    /** 6·N + 12·L·C·T, N without the token embedding unless the head shares it: it is looked up and not multiplied. */
    @Override
    public double trainingFlops(long positions) {
        double matrices = parameters() - (tied ? 0 : (double) vocab * width);
        return 6 * matrices + 12.0 * layers * width * positions;
    }

    @Override
    public Llama model() {
        return new Llama(this);
    }
}
