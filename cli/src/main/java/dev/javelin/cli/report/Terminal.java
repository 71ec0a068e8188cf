package dev.javelin.cli.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What stderr is connected to. */
final class Terminal {
    private Terminal() {}

    /** Whether stderr is a terminal, where a line can be rewritten. */
    static boolean onStderr() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            // Not Linux: the console is the nearest there is.
            return System.console() != null && System.console().isTerminal();
        }
    }
}
