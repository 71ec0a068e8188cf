package dev.javelin.models;

import dev.javelin.api.JavelinException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** The settings of a model as text, read with checks. Messages name a setting as the config does: {@code model.width}. */
record Settings(String family, Map<String, String> values) {

    /** Reads {@code key=value,key=value}. */
    static SequencedMap<String, String> split(String spec, String text) {
        SequencedMap<String, String> values = new LinkedHashMap<>();
        for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
            int at = part.indexOf('=');
            String key = at < 0 ? "" : part.substring(0, at).strip();
            if (key.isEmpty() || part.substring(at + 1).isBlank()) {
                throw new JavelinException(
                        "JVL-CFG-0022",
                        "model '" + spec + "': '" + part.strip() + "' is not of the form key=value",
                        "write FAMILY:key=value,key=value, for example gpt:layers=6,width=384,heads=6");
            }
            if (values.put(key, part.substring(at + 1).strip()) != null) {
                throw new JavelinException(
                        "JVL-CFG-0023", "model '" + spec + "': '" + key + "' is given twice", "keep one of the two");
            }
        }
        return values;
    }

    void requireKnown(Collection<String> known) {
        for (String key : values.keySet()) {
            if (!known.contains(key)) {
                throw new JavelinException(
                        "JVL-CFG-0021",
                        "model." + key + ": a " + family + " model has no setting '" + key + "'",
                        Nearest.advice(key, known));
            }
        }
    }

    long integer(String key, long fallback) {
        String text = values.get(key);
        try {
            return text == null ? fallback : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw wrong(key, text, "a whole number");
        }
    }

    double number(String key, double fallback) {
        String text = values.get(key);
        try {
            return text == null ? fallback : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw wrong(key, text, "a number");
        }
    }

    boolean flag(String key, boolean fallback) {
        String text = values.get(key);
        if (text == null) {
            return fallback;
        }
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(key, text, "true or false");
        };
    }

    /** One of a few words. */
    String choice(String key, String fallback, List<String> words) {
        String text = values.getOrDefault(key, fallback);
        if (!words.contains(text)) {
            throw wrong(key, text, String.join(" or ", words));
        }
        return text;
    }

    private static JavelinException wrong(String key, Object actual, String expected) {
        return new JavelinException("JVL-CFG-0024", "model." + key + " is '" + actual + "'", "use " + expected);
    }

    /** Refuses a whole number outside a range. */
    static void requireRange(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw wrong(key, value, "a whole number from " + least + " to " + most);
        }
    }

    /** Refuses what is not a finite number above a bound. */
    static void requireAbove(String key, double value, double bound) {
        if (!(value > bound && value < Double.POSITIVE_INFINITY)) {
            throw wrong(key, value, "a number above " + bound);
        }
    }

    /** Refuses what is no probability below 1. */
    static void requireProbability(String key, double value) {
        if (!(value >= 0 && value < 1)) {
            throw wrong(key, value, "a number from 0 to below 1");
        }
    }
}
