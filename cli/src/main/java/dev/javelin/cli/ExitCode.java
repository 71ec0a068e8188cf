package dev.javelin.cli;

import dev.javelin.api.JavelinException;
import java.util.Set;

/** What the process tells its caller. */
final class ExitCode {
    static final int OK = 0;
    /** A check failed, or an error that is none of the others. */
    static final int FAILED = 1;

    static final int USAGE = 2;
    static final int DATA = 3;
    /** A rank failed, stalled or was lost. */
    static final int RANK = 4;
    /** Added to the number of the signal that stopped the process. */
    static final int SIGNAL = 128;

    /**
     * Errors of the engine that no data and no run can mend, only other settings: a device that cannot run, a precision
     * that it does not compute in, a plan that the engine cannot carry out, a batch that cannot fit.
     */
    private static final Set<String> SETTINGS = Set.of(
            "JVL-ENG-0001",
            "JVL-ENG-0006",
            "JVL-ENG-0007",
            "JVL-ENG-0008",
            "JVL-ENG-0009",
            "JVL-TUN-0002",
            "JVL-TUN-0003");

    private ExitCode() {}

    /** The exit code of an error, by the area of its code; settings that cannot work count as configuration. */
    static int of(JavelinException error) {
        if (SETTINGS.contains(error.code())) {
            return USAGE;
        }
        return switch (error.area()) {
            case "CFG", "PLG", "STR", "API", "CLU" -> USAGE;
            case "DAT", "CKP" -> DATA;
            case "COM", "RNK" -> RANK;
            default -> FAILED;
        };
    }
}
