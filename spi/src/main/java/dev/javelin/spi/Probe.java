package dev.javelin.spi;

/**
 * Whether a plugin can work here.
 *
 * @param available true if it can be opened on this machine
 * @param reason one line: what was found, or what is missing and how to get it
 */
public record Probe(boolean available, String reason) {
    public static Probe available(String reason) {
        return new Probe(true, reason);
    }

    public static Probe unavailable(String reason) {
        return new Probe(false, reason);
    }
}
