package dev.javelin.cli.run;

import java.util.List;

/** Watches a text that comes in parts for words that end it, and holds back what may be the beginning of one. */
public final class StopTexts {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    /**
     * Watches for any of these; none lets every part through at once.
     *
     * @param stops not empty each
     */
    public StopTexts(List<String> stops) {
        this.stops = List.copyOf(stops);
    }

    /** Takes a part and returns what is certainly text: without a stop text and what follows it. */
    public String add(String part) {
        if (found) {
            return "";
        }
        held.append(part);
        int end = held.length();
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && at <= end) {
                end = at;
                found = true;
            }
        }
        return take(found ? end : held.length() - beginning());
    }

    /** The longest end of what is held that a stop text begins with. */
    private int beginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stop.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private String take(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    /** Whether a stop text came. */
    public boolean found() {
        return found;
    }

    /** What was held back, once no more parts come. */
    public String end() {
        return found ? "" : take(held.length());
    }
}
