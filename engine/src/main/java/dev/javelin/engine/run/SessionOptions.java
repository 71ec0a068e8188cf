package dev.javelin.engine.run;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a session runs.
 *
 * @param printer gets the text of print instructions
 * @param poison whether temporaries are filled with NaN before each program, to show reads of memory never written
 * @param team this rank among the others; null for one rank
 */
public record SessionOptions(
        Consumer<String> printer, boolean poison, @Nullable Team team) {

    /** One rank; prints to nowhere, without poison. */
    public static SessionOptions standard() {
        return new SessionOptions(text -> {}, false, null);
    }

    public SessionOptions withPrinter(Consumer<String> other) {
        return new SessionOptions(other, poison, team);
    }

    public SessionOptions withPoison(boolean on) {
        return new SessionOptions(printer, on, team);
    }

    /** As one rank of a team. */
    public SessionOptions withTeam(Team ranks) {
        return new SessionOptions(printer, poison, ranks);
    }
}
