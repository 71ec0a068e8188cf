package dev.javelin.models;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Finds what a user may have meant: the known name with the fewest edits. */
final class Nearest {

    private Nearest() {}

    /** The advice for an unknown name: {@code did you mean 'width'? Known: [...]}. */
    static String advice(String unknown, Collection<String> known) {
        List<String> sorted = known.stream().sorted().toList();
        String nearest = sorted.stream()
                .min(Comparator.comparingInt(name -> edits(unknown, name)))
                .orElseThrow();
        return edits(unknown, nearest) <= Math.max(2, unknown.length() / 3)
                ? "did you mean '" + nearest + "'? Known are " + String.join(", ", sorted)
                : "use one of " + String.join(", ", sorted);
    }

    /** Levenshtein's distance. */
    private static int edits(String left, String right) {
        int[] previous = new int[right.length() + 1];
        for (int j = 0; j < previous.length; j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int[] current = new int[previous.length];
            current[0] = i;
            for (int j = 1; j < current.length; j++) {
                int replace = previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replace, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[right.length()];
    }
}
