package dev.javelin.models;

import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The shape of an {@link MlpClassifier} or an {@link MlpRegressor}, written {@code
 * mlp:features=8,classes=3,layers=2,width=64} and {@code mlp:task=regression,features=8}. Features and classes may be left
 * out where data say them: {@link #completed}.
 *
 * @param task what it predicts
 * @param features F, length of a row's vector; 0 for as many as the data have
 * @param classes 0 for as many as the data have, and for regression
 * @param layers number of hidden layers; 0 makes a linear model
 * @param width of the hidden layers
 */
public record MlpSpec(Task task, long features, long classes, int layers, long width) implements ModelSpec {
    private static final long MOST = 1_000_000_000;

    /** What an MLP predicts: a class or a number. */
    public enum Task {
        CLASSIFICATION,
        REGRESSION;

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public MlpSpec {
        Settings.requireRange("features", features, 0, MOST);
        if (classes != 0) {
            Settings.requireRange("classes", classes, 2, MOST);
        }
        Settings.requireRange("layers", layers, 0, 100_000);
        Settings.requireRange("width", width, 1, 10_000_000);
        if (task == Task.REGRESSION && classes != 0) {
            throw new JavelinException(
                    "JVL-CFG-0027",
                    "model.classes is " + classes + ", but model.task is regression, which has none",
                    "leave one of the two out");
        }
    }

    /** The family's defaults: classes, as many features and classes as the data have, one hidden layer of width 64. */
    public static MlpSpec standard() {
        return new MlpSpec(Task.CLASSIFICATION, 0, 0, 1, 64);
    }

    @Override
    public String family() {
        return "mlp";
    }

    @Override
    public SequencedMap<String, String> settings() {
        SequencedMap<String, String> all = new LinkedHashMap<>();
        all.put("task", task.label());
        all.put("features", Long.toString(features));
        all.put("classes", Long.toString(classes));
        all.put("layers", Integer.toString(layers));
        all.put("width", Long.toString(width));
        return all;
    }

    @Override
    public String text() {
        SequencedMap<String, String> shown = settings();
        if (task == Task.CLASSIFICATION) {
            shown.remove("task");
        }
        if (features == 0) {
            shown.remove("features");
        }
        if (classes == 0) {
            shown.remove("classes");
        }
        return ModelSpec.text(family(), shown);
    }

    @Override
    public MlpSpec with(Map<String, String> changes) {
        Settings read = new Settings(family(), changes);
        read.requireKnown(settings().keySet());
        long newLayers = read.integer("layers", layers);
        Settings.requireRange("layers", newLayers, 0, 100_000);
        String newTask =
                read.choice("task", task.label(), List.of(Task.CLASSIFICATION.label(), Task.REGRESSION.label()));
        return new MlpSpec(
                newTask.equals(Task.REGRESSION.label()) ? Task.REGRESSION : Task.CLASSIFICATION,
                read.integer("features", features),
                read.integer("classes", classes),
                (int) newLayers,
                read.integer("width", width));
    }

    /** Whether nothing is left for the data to say. */
    public boolean isComplete() {
        return features > 0 && (classes > 0 || task == Task.REGRESSION);
    }

    /**
     * With what the data have where this says nothing.
     *
     * @param dataFeatures number of features of a row
     * @param dataClasses number of classes; of no matter for regression
     * @throws JavelinException {@code JVL-CFG-0028} if this says otherwise
     */
    public MlpSpec completed(long dataFeatures, long dataClasses) {
        requireEqual("features", features, dataFeatures);
        if (task == Task.REGRESSION) {
            return new MlpSpec(task, dataFeatures, 0, layers, width);
        }
        requireEqual("classes", classes, dataClasses);
        return new MlpSpec(task, dataFeatures, dataClasses, layers, width);
    }

    /** With the features and classes of another where this says nothing. */
    public MlpSpec orElse(MlpSpec other) {
        long knownClasses = classes == 0 && task == Task.CLASSIFICATION ? other.classes : classes;
        return new MlpSpec(task, features == 0 ? other.features : features, knownClasses, layers, width);
    }

    private static void requireEqual(String key, long said, long data) {
        if (said != 0 && said != data) {
            throw new JavelinException(
                    "JVL-CFG-0028",
                    "model." + key + " is " + said + ", the data have " + data,
                    "leave model." + key + " out: it follows from the data");
        }
    }

    private void requireComplete() {
        if (!isComplete()) {
            throw new JavelinException(
                    "JVL-CFG-0028",
                    "the model " + text() + " does not say how many " + (features == 0 ? "features" : "classes")
                            + " there are",
                    "write mlp:features=N,classes=N, or give the data (data.path) that it follows from");
        }
    }

    @Override
    public long parameters() {
        requireComplete();
        long in = features;
        long sum = 0;
        for (long out : hidden()) {
            sum = Math.addExact(sum, Math.multiplyExact(in + 1, out));
            in = out;
        }
        return Math.addExact(sum, Math.multiplyExact(in + 1, outputs()));
    }

    private long outputs() {
        return task == Task.REGRESSION ? 1 : classes;
    }

    /** 6·N: two operations forward and four backward for every weight. */
    @Override
    public double trainingFlops(long positions) {
        return 6.0 * parameters();
    }

    @Override
    public TrainingModule module() {
        requireComplete();
        return task == Task.REGRESSION
                ? new MlpRegressor(features, hidden())
                : new MlpClassifier(features, classes, hidden());
    }

    private long[] hidden() {
        long[] widths = new long[layers];
        Arrays.fill(widths, width);
        return widths;
    }
}
