package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.plugin.Nearest;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Settings being read into records. Reading a key makes it known; {@link #requireNothingElse} refuses the others. Errors
 * name the key, its text, where it was written and what is expected.
 */
public final class Settings {
    private static final String NONE = "none";

    private final SequencedMap<String, Setting> values = new LinkedHashMap<>();
    private final Set<String> known = new TreeSet<>();

    /** Settings in rising precedence: of several with one key the last counts. */
    public Settings(List<Setting> settings) {
        for (Setting setting : settings) {
            values.put(setting.key(), setting);
        }
    }

    public Optional<Setting> find(String key) {
        known.add(key);
        return Optional.ofNullable(values.get(key));
    }

    public boolean has(String key) {
        return find(key).isPresent();
    }

    public String text(String key, String fallback) {
        return find(key).map(Setting::text).orElse(fallback);
    }

    /**
     * A whole number in a range.
     *
     * @throws JavelinException {@code JVL-CFG-0043} for what is no such number, {@code 0044} outside the range
     */
    public long integer(String key, long fallback, long least, long most) {
        Optional<Setting> setting = find(key);
        if (setting.isEmpty()) {
            return fallback;
        }
        String expected = most == Long.MAX_VALUE
                ? "a whole number of " + least + " or more"
                : "a whole number from " + least + " to " + most;
        long value;
        try {
            value = Long.parseLong(setting.get().text());
        } catch (NumberFormatException e) {
            throw wrong("JVL-CFG-0043", setting.get(), expected);
        }
        if (value < least || value > most) {
            throw wrong("JVL-CFG-0044", setting.get(), expected);
        }
        return value;
    }

    /**
     * A finite number of at least {@code least} and below {@code limit} (infinite for none).
     *
     * @throws JavelinException {@code JVL-CFG-0043} for what is no such number, {@code 0044} outside the range
     */
    public double number(String key, double fallback, double least, double limit) {
        Optional<Setting> setting = find(key);
        if (setting.isEmpty()) {
            return fallback;
        }
        String expected = Double.isInfinite(limit)
                ? "a number of " + least + " or more"
                : "a number from " + least + " to below " + limit;
        double value;
        try {
            value = Double.parseDouble(setting.get().text());
        } catch (NumberFormatException e) {
            throw wrong("JVL-CFG-0043", setting.get(), expected);
        }
        if (!(value >= least && value < limit)) {
            throw wrong("JVL-CFG-0044", setting.get(), expected);
        }
        return value;
    }

    /**
     * True or false.
     *
     * @throws JavelinException {@code JVL-CFG-0043} for another text
     */
    public boolean flag(String key, boolean fallback) {
        Optional<Setting> setting = find(key);
        if (setting.isEmpty()) {
            return fallback;
        }
        return switch (setting.get().text()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong("JVL-CFG-0043", setting.get(), "true or false");
        };
    }

    /**
     * One of a few words.
     *
     * @throws JavelinException {@code JVL-CFG-0049} for another, with the nearest
     */
    public String choice(String key, String fallback, Collection<String> choices) {
        Optional<Setting> setting = find(key);
        if (setting.isEmpty() || choices.contains(setting.get().text())) {
            return text(key, fallback);
        }
        Setting wrong = setting.get();
        throw new JavelinException(
                "JVL-CFG-0049",
                wrong.place() + ": " + key + " is '" + wrong.text() + "'" + Nearest.hint(wrong.text(), choices),
                "use one of " + choices);
    }

    /**
     * Some of a few words, with commas between them; {@code none} or nothing for none of them.
     *
     * @throws JavelinException {@code JVL-CFG-0049} for another, with the nearest
     */
    public SequencedSet<String> words(String key, Collection<String> fallback, Collection<String> choices) {
        Optional<Setting> setting = find(key);
        if (setting.isEmpty()) {
            return new LinkedHashSet<>(fallback);
        }
        SequencedSet<String> words = new LinkedHashSet<>();
        String text = setting.get().text().strip();
        for (String word : text.isEmpty() || text.equals(NONE) ? new String[0] : text.split(",", -1)) {
            if (!choices.contains(word.strip())) {
                throw new JavelinException(
                        "JVL-CFG-0049",
                        setting.get().place() + ": " + key + " has '" + word.strip() + "'"
                                + Nearest.hint(word.strip(), choices),
                        "use some of " + choices + ", or none");
            }
            words.add(word.strip());
        }
        return words;
    }

    /** The settings below a prefix, by the rest of their keys; all of them become known. */
    public SequencedMap<String, Setting> below(String prefix) {
        SequencedMap<String, Setting> below = new LinkedHashMap<>();
        for (Setting setting : values.values()) {
            if (setting.key().startsWith(prefix + ".")) {
                known.add(setting.key());
                below.put(setting.key().substring(prefix.length() + 1), setting);
            }
        }
        return below;
    }

    /** Number of items of a list, from the settings {@code key[0]...} on. */
    public int items(String key) {
        int count = 0;
        while (hasItem(key + "[" + count + "]")) {
            count++;
        }
        return count;
    }

    private boolean hasItem(String item) {
        return values.keySet().stream().anyMatch(key -> key.equals(item) || key.startsWith(item + "."));
    }

    /** Makes keys known that are not set, so that they can be suggested. */
    public void mention(String prefix, Collection<String> keys) {
        keys.forEach(key -> known.add(prefix + "." + key));
    }

    /**
     * Refuses what was not read.
     *
     * @throws JavelinException {@code JVL-CFG-0042} with the nearest known key
     */
    public void requireNothingElse() {
        for (Setting setting : values.values()) {
            if (!known.contains(setting.key())) {
                throw new JavelinException(
                        "JVL-CFG-0042",
                        setting.place() + ": unknown key '" + setting.key() + "'" + hint(setting.key()),
                        "remove it, or use one of " + neighbours(setting.key()));
            }
        }
    }

    private String hint(String key) {
        // The right word under the wrong section, for example optimizer.maxSteps, beats a similar key.
        String word = "." + key.substring(key.lastIndexOf('.') + 1);
        List<String> elsewhere =
                known.stream().filter(candidate -> candidate.endsWith(word)).toList();
        if (!elsewhere.isEmpty()) {
            return " (did you mean '" + elsewhere.getFirst() + "'?)";
        }
        return Nearest.hint(key, known);
    }

    private List<String> neighbours(String key) {
        String section = key.contains(".") ? key.substring(0, key.indexOf('.') + 1) : "";
        List<String> same = known.stream()
                .filter(candidate -> !section.isEmpty() && candidate.startsWith(section))
                .toList();
        return same.isEmpty() ? List.copyOf(known) : same;
    }

    private static JavelinException wrong(String code, Setting setting, String expected) {
        return new JavelinException(
                code, setting.place() + ": " + setting.key() + " is '" + setting.text() + "'", "use " + expected);
    }
}
