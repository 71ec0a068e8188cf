package dev.javelin.engine.run;

import java.util.function.Consumer;

/**
 * How a session runs.
 *
 * @param printer gets the text of print instructions
 * @param poison whether temporaries are filled with NaN before each program, to show reads of memory never written
 */
public record SessionOptions(Consumer<String> printer, boolean poison) {

    /** Prints to nowhere, without poison. */
    public static SessionOptions standard() {
        return new SessionOptions(text -> {}, false);
    }

    public SessionOptions withPrinter(Consumer<String> other) {
        return new SessionOptions(other, poison);
    }

    public SessionOptions withPoison(boolean on) {
        return new SessionOptions(printer, on);
    }
}
