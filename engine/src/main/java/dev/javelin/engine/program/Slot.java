package dev.javelin.engine.program;

import dev.javelin.api.TensorType;

/**
 * Memory that outlives a program: what it reads from and leaves for others.
 *
 * @param name unique within the kind: a parameter's path in a traced program, a chunk's name in a lowered one, a
 *     field's name, a metric's name
 */
public record Slot(Kind kind, String name, TensorType type) {

    /**
     * PARAMETER appears in traced programs only; lowering replaces it by views of CHUNK. STATE is what inference programs
     * leave for each other, such as a cache of keys. WEIGHTS is a chunk in the type of products, beside the CHUNK that the
     * optimizer updates.
     */
    public enum Kind {
        PARAMETER,
        CHUNK,
        WEIGHTS,
        GRADIENT,
        OPTIMIZER,
        AVERAGE,
        FRAGMENT,
        STATE,
        SCALAR,
        BATCH,
        METRIC
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(java.util.Locale.ROOT) + " " + name;
    }
}
