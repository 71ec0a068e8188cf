package dev.javelin.cli.tune;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes of memory as text, and how much of it this machine has to give. */
public final class Memory {
    private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([a-zA-Z]*)");

    private static final Map<String, Long> UNITS = Map.of(
            "", 1L,
            "b", 1L,
            "kb", 1_000L,
            "mb", 1_000_000L,
            "gb", 1_000_000_000L,
            "tb", 1_000_000_000_000L,
            "kib", 1L << 10,
            "mib", 1L << 20,
            "gib", 1L << 30,
            "tib", 1L << 40);

    private Memory() {}

    /**
     * Reads a size such as {@code 8GiB}, {@code 500MB} or {@code 1000000}.
     *
     * @throws JavelinException {@code JVL-CFG-0078} for what is none, or is 0
     */
    public static long bytes(String option, String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        Long unit = matcher.matches() ? UNITS.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
        double bytes = unit == null ? 0 : Double.parseDouble(matcher.group(1)) * unit;
        if (!(bytes >= 1) || bytes > Long.MAX_VALUE) {
            throw new JavelinException(
                    "JVL-CFG-0078",
                    option + " is '" + text + "'",
                    "write a size such as 8GiB, 500MB or 1000000; units are B, kB, MB, GB, TB and KiB, MiB, GiB, TiB");
        }
        return (long) bytes;
    }

    /** Bytes in the largest unit that keeps them readable. */
    public static String text(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.2f %s", value, units[unit]);
    }

    /**
     * Memory that a new process can have without swapping: what Linux calls available, and never more than the limit of the
     * container; elsewhere what is free.
     */
    public static long available() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemAvailable:")) {
                    long bytes = Long.parseLong(line.replaceAll("\\D", "")) << 10;
                    return Math.min(bytes, system.getTotalMemorySize());
                }
            }
        } catch (IOException e) {
            // Not Linux.
        }
        return system.getFreeMemorySize();
    }
}
