package dev.javelin.cli.exchange;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 5GB}, {@code 500MB}, with powers of ten, as Hugging Face counts. */
public final class ByteSize {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})\\s*(|K|M|G)B?");

    private ByteSize() {}

    /** The bytes; empty for what is no size above 0. */
    public static OptionalLong parse(String text) {
        Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            return OptionalLong.empty();
        }
        long factor = switch (matcher.group(2)) {
            case "K" -> 1_000;
            case "M" -> 1_000_000;
            case "G" -> 1_000_000_000;
            default -> 1;
        };
        try {
            long bytes = Math.multiplyExact(Long.parseLong(matcher.group(1)), factor);
            return bytes > 0 ? OptionalLong.of(bytes) : OptionalLong.empty();
        } catch (ArithmeticException e) {
            return OptionalLong.empty();
        }
    }
}
