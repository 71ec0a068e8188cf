package dev.javelin.data.table;

import java.util.List;

/**
 * A class as its number among all classes of the table. Whole numbers are in numeric order, so that 0 to k − 1 stay what
 * they are; texts in the order of their characters.
 */
public record ClassTarget(String name, List<String> classes) implements Target {
    public ClassTarget {
        classes = List.copyOf(classes);
    }

    /** The one way to write a class: {@code 1} and {@code 1.0} are one. */
    static String canonical(String cell) {
        double number = Cells.number(cell);
        return !Double.isNaN(number) && Cells.whole(number) ? Long.toString((long) number) : cell;
    }
}
