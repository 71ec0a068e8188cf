package dev.javelin.cluster.environments;

import dev.javelin.api.JavelinException;
import java.util.Map;
import java.util.Optional;

/** The environment of a process, read by name; what is missing or no number is {@code JVL-CLU-0001}. */
record Variables(String cluster, Map<String, String> values) {

    boolean has(String name) {
        return values.containsKey(name);
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isBlank());
    }

    String require(String name) {
        return text(name).orElseThrow(() -> error(name + " is not set"));
    }

    /** A count or a number from 0. */
    int number(String name) {
        String text = require(name);
        try {
            int value = Integer.parseInt(text.strip());
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // falls through to the error below, which shows the text
        }
        throw error(name + " is '" + text + "', expected a whole number from 0");
    }

    int number(String name, int fallback) {
        return has(name) ? number(name) : fallback;
    }

    /** The first of these that is set; the last if none is. */
    String first(String... names) {
        for (String name : names) {
            if (has(name)) {
                return name;
            }
        }
        return names[names.length - 1];
    }

    JavelinException error(String problem) {
        return new JavelinException(
                "JVL-CLU-0001",
                cluster + ": " + problem,
                "look at how the job is started; if " + cluster + " did not start this process, unset its variables");
    }
}
