package dev.javelin.engine.world.watch;

/**
 * A rank's process is gone, or out of reach.
 *
 * @param kind how it is known
 * @param exitCode of an EXITED process; 128 and the number for one killed by a signal
 * @param reason of a BROKEN connection, in words
 */
public record Loss(Kind kind, int exitCode, String reason) {

    /** BROKEN_EXIT_PENDING is a broken connection of a process whose exit code will be known soon. */
    public enum Kind {
        BROKEN,
        BROKEN_EXIT_PENDING,
        EXITED
    }

    public static Loss exited(int code) {
        return new Loss(Kind.EXITED, code, "");
    }

    /** @param exitPending whether how the process ended will be known soon */
    public static Loss broken(String reason, boolean exitPending) {
        return new Loss(exitPending ? Kind.BROKEN_EXIT_PENDING : Kind.BROKEN, -1, reason);
    }

    /** What happened, to follow the rank's name. */
    String text() {
        if (kind != Kind.EXITED) {
            return "is lost: " + reason;
        }
        return exitCode > 128 ? "was killed by " + signal(exitCode - 128) : "exited with code " + exitCode;
    }

    private static String signal(int number) {
        String name = switch (number) {
            case 1 -> " (SIGHUP)";
            case 2 -> " (SIGINT)";
            case 4 -> " (SIGILL)";
            case 6 -> " (SIGABRT)";
            case 7 -> " (SIGBUS)";
            case 8 -> " (SIGFPE)";
            case 9 -> " (SIGKILL)";
            case 11 -> " (SIGSEGV)";
            case 15 -> " (SIGTERM)";
            default -> "";
        };
        return "signal " + number + name;
    }
}
