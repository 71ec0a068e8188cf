package dev.javelin.spi;

import dev.javelin.api.JavelinException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A plugin's options as the user wrote them, read by typed accessors. Reading checks; {@link #requireKnown} refuses what
 * nobody reads.
 *
 * @param owner for messages, for example {@code accelerator.cpu}
 */
public record Options(String owner, Map<String, String> values) {
    public Options {
        values = Map.copyOf(values);
    }

    public static Options none(String owner) {
        return new Options(owner, Map.of());
    }

    public String text(String key, String fallback) {
        return values.getOrDefault(key, fallback);
    }

    /**
     * An integer in a range.
     *
     * @throws JavelinException {@code JVL-CFG-0008} if the text is no such number
     */
    public long integer(String key, long fallback, long least, long most) {
        String text = values.get(key);
        if (text == null) {
            return fallback;
        }
        try {
            long value = Long.parseLong(text.strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // falls through to the error below, which shows the text
        }
        throw new JavelinException(
                "JVL-CFG-0008",
                owner + "." + key + " is '" + text + "'",
                "use a whole number from " + least + " to " + most);
    }

    /**
     * True or false.
     *
     * @throws JavelinException {@code JVL-CFG-0008} for another text
     */
    public boolean flag(String key, boolean fallback) {
        String text = values.get(key);
        if (text == null) {
            return fallback;
        }
        return switch (text.strip()) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new JavelinException(
                        "JVL-CFG-0008", owner + "." + key + " is '" + text + "'", "use true or false");
        };
    }

    /**
     * One of the values of an enumeration, written in lower case.
     *
     * @throws JavelinException {@code JVL-CFG-0008} for another text; it names them all
     */
    public <E extends Enum<E>> E choice(String key, E fallback) {
        String text = values.get(key);
        if (text == null) {
            return fallback;
        }
        List<String> names = new ArrayList<>();
        for (E value : fallback.getDeclaringClass().getEnumConstants()) {
            String name = value.name().toLowerCase(Locale.ROOT);
            if (name.equals(text.strip())) {
                return value;
            }
            names.add(name);
        }
        throw new JavelinException("JVL-CFG-0008", owner + "." + key + " is '" + text + "'", "use one of " + names);
    }

    /**
     * Refuses options that the plugin does not have.
     *
     * @throws JavelinException {@code JVL-CFG-0009} naming the unknown key and the known ones
     */
    public void requireKnown(Collection<String> known) {
        for (String key : new TreeMap<>(values).keySet()) {
            if (!known.contains(key)) {
                throw new JavelinException(
                        "JVL-CFG-0009",
                        owner + " has no option '" + key + "'",
                        known.isEmpty()
                                ? "it takes no options"
                                : "use one of " + known.stream().sorted().toList());
            }
        }
    }
}
