package dev.javelin.tck.communicator;

import dev.javelin.api.JavelinException;
import java.io.Serial;

/** Ends the waits of ranks whose check is over because of another. */
final class Stopped extends JavelinException {
    @Serial
    private static final long serialVersionUID = 1;

    Stopped() {
        super("JVL-TCK-0003", "the check has ended on another rank", "look at what is reported of that rank");
    }
}
