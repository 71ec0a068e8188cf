package dev.javelin.data.table;

/** The column that is predicted. */
public sealed interface Target permits ClassTarget, NumberTarget {
    /** As the header names it. */
    String name();
}
