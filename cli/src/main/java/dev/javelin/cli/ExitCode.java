package dev.javelin.cli;

import dev.javelin.api.JavelinException;

/** What the process tells its caller. */
final class ExitCode {
    static final int OK = 0;
    /** A check failed, or an error that is none of the others. */
    static final int FAILED = 1;

    static final int USAGE = 2;
    static final int DATA = 3;
    static final int RANK = 4;
    /** Added to the number of the signal that stopped the process. */
    static final int SIGNAL = 128;

    private ExitCode() {}

    /** The exit code of an error, by the area of its code. */
    static int of(JavelinException error) {
        return switch (error.area()) {
            case "CFG", "PLG", "STR", "API" -> USAGE;
            case "DAT", "CKP" -> DATA;
            case "COM" -> RANK;
            default -> FAILED;
        };
    }
}
