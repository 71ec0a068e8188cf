package dev.javelin.spi.strategy;

import dev.javelin.api.JavelinException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** The ranks as a grid with named axes, the last axis varying fastest. */
public final class Mesh {
    /** The axis that rows of a batch are dealt over, where there is no other. */
    public static final String DATA = "data";

    private final SequencedMap<String, Integer> axes;

    private Mesh(SequencedMap<String, Integer> axes) {
        this.axes = Collections.unmodifiableSequencedMap(axes);
    }

    /** A mesh of these axes and sizes, in order. */
    public static Mesh of(Map<String, Integer> axes) {
        axes.forEach((axis, size) -> {
            if (size < 1) {
                throw new JavelinException(
                        "JVL-STR-0001", "mesh axis " + axis + " has size " + size, "give each axis 1 rank or more");
            }
        });
        return new Mesh(new LinkedHashMap<>(axes));
    }

    /** One rank, with a data axis of size 1. */
    public static Mesh single() {
        return data(1);
    }

    /** So many ranks along the one axis {@link #DATA}. */
    public static Mesh data(int ranks) {
        return of(Map.of(DATA, ranks));
    }

    public SequencedMap<String, Integer> axes() {
        return axes;
    }

    /** Number of ranks. */
    public int size() {
        return axes.values().stream().reduce(1, Math::multiplyExact);
    }

    /**
     * Size of one axis.
     *
     * @throws JavelinException {@code JVL-STR-0002} if there is no such axis
     */
    public int size(String axis) {
        Integer size = axes.get(axis);
        if (size == null) {
            throw new JavelinException(
                    "JVL-STR-0002", "the mesh has no axis '" + axis + "'", "use one of " + axes.keySet());
        }
        return size;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mesh mesh && axes.equals(mesh.axes);
    }

    @Override
    public int hashCode() {
        return axes.hashCode();
    }

    @Override
    public String toString() {
        return axes.toString();
    }
}
