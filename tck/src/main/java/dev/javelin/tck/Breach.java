package dev.javelin.tck;

import java.io.Serial;

/** A rule was not kept: what was found, what the rule asks for, and where. */
public final class Breach extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final String actual;
    private final String expected;
    private final String place;

    public Breach(String actual, String expected, String place) {
        super(place + ": " + actual + ", expected " + expected);
        this.actual = actual;
        this.expected = expected;
        this.place = place;
    }

    /** The same with what led to it. */
    public Breach causedBy(Throwable cause) {
        Breach breach = new Breach(actual, expected, place);
        breach.initCause(cause);
        return breach;
    }

    public String actual() {
        return actual;
    }

    public String expected() {
        return expected;
    }

    public String place() {
        return place;
    }

    /** Breaks the rule unless the two are equal. */
    public static void unlessEqual(Object expected, Object actual, String place) {
        if (!expected.equals(actual)) {
            throw new Breach(String.valueOf(actual), String.valueOf(expected), place);
        }
    }

    /** Breaks the rule unless it holds. */
    public static void unless(boolean holds, String actual, String expected, String place) {
        if (!holds) {
            throw new Breach(actual, expected, place);
        }
    }
}
