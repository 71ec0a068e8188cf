package dev.javelin.api.trainer;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import java.util.Arrays;

/** Element types of a run, under Lightning's names. */
public enum Precision {
    TRUE_32("32-true", DType.FLOAT32),
    TRUE_64("64-true", DType.FLOAT64);

    private final String label;
    private final DType compute;

    Precision(String label, DType compute) {
        this.label = label;
        this.compute = compute;
    }

    /** Name in configuration, for example {@code 32-true}. */
    public String label() {
        return label;
    }

    /** Type of parameters, activations and gradients. */
    public DType compute() {
        return compute;
    }

    /**
     * The precision of this name; {@code 32} and {@code 64} are accepted too.
     *
     * @throws JavelinException {@code JVL-CFG-0003} for an unknown name
     */
    public static Precision of(String label) {
        for (Precision precision : values()) {
            if (label.equals(precision.label) || label.equals(precision.label.substring(0, 2))) {
                return precision;
            }
        }
        throw new JavelinException(
                "JVL-CFG-0003",
                "precision '" + label + "'",
                "use one of " + Arrays.stream(values()).map(Precision::label).toList());
    }
}
