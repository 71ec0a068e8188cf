package dev.javelin.models;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The shape of an {@link MlpClassifier}, written {@code mlp:features=8,classes=3,layers=2,width=64}.
 *
 * @param features F, length of a row's vector
 * @param layers number of hidden layers; 0 makes a linear classifier
 * @param width of the hidden layers
 */
public record MlpSpec(long features, long classes, int layers, long width) implements ModelSpec {
    private static final long MOST = 1_000_000_000;

    public MlpSpec {
        Settings.requireRange("features", features, 1, MOST);
        Settings.requireRange("classes", classes, 2, MOST);
        Settings.requireRange("layers", layers, 0, 100_000);
        Settings.requireRange("width", width, 1, 10_000_000);
    }

    /** The family's defaults: 8 features, 2 classes, one hidden layer of width 64. */
    public static MlpSpec standard() {
        return new MlpSpec(8, 2, 1, 64);
    }

    @Override
    public String family() {
        return "mlp";
    }

    @Override
    public SequencedMap<String, String> settings() {
        SequencedMap<String, String> all = new LinkedHashMap<>();
        all.put("features", Long.toString(features));
        all.put("classes", Long.toString(classes));
        all.put("layers", Integer.toString(layers));
        all.put("width", Long.toString(width));
        return all;
    }

    @Override
    public String text() {
        return ModelSpec.text(family(), settings());
    }

    @Override
    public MlpSpec with(Map<String, String> changes) {
        Settings read = new Settings(family(), changes);
        read.requireKnown(settings().keySet());
        long newLayers = read.integer("layers", layers);
        Settings.requireRange("layers", newLayers, 0, 100_000);
        return new MlpSpec(
                read.integer("features", features),
                read.integer("classes", classes),
                (int) newLayers,
                read.integer("width", width));
    }

    @Override
    public long parameters() {
        long[] hidden = hidden();
        long in = features;
        long sum = 0;
        for (long out : hidden) {
            sum = Math.addExact(sum, Math.multiplyExact(in + 1, out));
            in = out;
        }
        return Math.addExact(sum, Math.multiplyExact(in + 1, classes));
    }

    /** 6·N: two operations forward and four backward for every weight. */
    @Override
    public double trainingFlops(long positions) {
        return 6.0 * parameters();
    }

    @Override
    public MlpClassifier module() {
        return new MlpClassifier(features, classes, hidden());
    }

    private long[] hidden() {
        long[] widths = new long[layers];
        Arrays.fill(widths, width);
        return widths;
    }
}
