package dev.javelin.data.table;

import java.util.Set;

/** What the text of a cell says. Cells come without the spaces around them. */
final class Cells {
    private static final Set<String> MISSING = Set.of("", "NA", "N/A", "NaN", "nan", "null", "NULL", "?");
    private static final String OF_NUMBERS = "0123456789+-.eE";

    private Cells() {}

    /** Whether a cell has no value. */
    static boolean missing(String cell) {
        return cell.length() <= 4 && MISSING.contains(cell);
    }

    /** The finite decimal number that a cell is; NaN if it is none. */
    static double number(String cell) {
        boolean digit = false;
        for (int i = 0; i < cell.length(); i++) {
            char c = cell.charAt(i);
            if (OF_NUMBERS.indexOf(c) < 0) {
                return Double.NaN; // parseDouble would take 1f and 0x1p3, too
            }
            digit |= c >= '0' && c <= '9';
        }
        if (!digit) {
            return Double.NaN;
        }
        try {
            double value = Double.parseDouble(cell);
            return Double.isInfinite(value) ? Double.NaN : value;
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** Whether a number is a whole one that a long holds exactly. */
    static boolean whole(double value) {
        return value == Math.rint(value) && Math.abs(value) < 0x1p53;
    }
}
