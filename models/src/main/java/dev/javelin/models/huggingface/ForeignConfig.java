package dev.javelin.models.huggingface;

import dev.javelin.api.JavelinException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The content of a {@code config.json} being read; what cannot be is gathered and refused at once. */
final class ForeignConfig {
    private final Map<String, ?> values;
    private final List<String> problems = new ArrayList<>();

    ForeignConfig(Map<String, ?> values) {
        this.values = values;
    }

    long integer(String key, long fallback) {
        Object value = values.get(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Number number && number.doubleValue() == number.longValue()) {
            return number.longValue();
        }
        problems.add(key + " is " + value + ", expected a whole number");
        return fallback;
    }

    int count(String key, long fallback) {
        long value = integer(key, fallback);
        if (value < 1 || value > Integer.MAX_VALUE) {
            problems.add(key + " is " + value + ", expected a number of layers or heads");
            return 1;
        }
        return (int) value;
    }

    double number(String key, double fallback) {
        Object value = values.get(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        problems.add(key + " is " + value + ", expected a number");
        return fallback;
    }

    boolean flag(String key, boolean fallback) {
        Object value = values.get(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        problems.add(key + " is " + value + ", expected true or false");
        return fallback;
    }

    @Nullable
    Object value(String key) {
        return values.get(key);
    }

    /** What may stand here: one of these, or nothing at all. */
    void requireAmong(String key, List<?> allowed) {
        Object value = values.get(key);
        if (value != null && allowed.stream().noneMatch(one -> same(one, value))) {
            refuse(
                    key,
                    "supported is "
                            + String.join(
                                    " or ",
                                    allowed.stream().map(Objects::toString).toList()));
        }
    }

    private static boolean same(Object one, Object other) {
        return one instanceof Number left && other instanceof Number right
                ? left.doubleValue() == right.doubleValue()
                : one.equals(other);
    }

    /** Notes that the value of a key cannot be had. */
    void refuse(String key, String expected) {
        problems.add(key + " is " + values.get(key) + ", " + expected);
    }

    void requireSupported() {
        if (!problems.isEmpty()) {
            throw new JavelinException(
                    "JVL-CKP-0056",
                    "the configuration of the model cannot be had: " + String.join("; ", problems),
                    "import another model; what is named changes what the model computes");
        }
    }
}
