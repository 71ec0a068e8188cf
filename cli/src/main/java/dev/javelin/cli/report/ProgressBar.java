package dev.javelin.cli.report;

import dev.javelin.cli.Console;
import java.util.Locale;
import java.util.function.LongSupplier;

/** A share of work done, on stderr: on a terminal one line that is rewritten, elsewhere a line now and then. */
public final class ProgressBar {
    private static final long REWRITE_NANOS = 100_000_000L;
    private static final long LINE_NANOS = 5_000_000_000L;
    private static final int CELLS = 24;

    private final Console console;
    private final boolean terminal;
    private final LongSupplier nanos;
    private long shownAt;
    private int width;

    ProgressBar(Console console, boolean terminal, LongSupplier nanos) {
        this.console = console;
        this.terminal = terminal;
        this.nanos = nanos;
        shownAt = nanos.getAsLong() - (terminal ? REWRITE_NANOS : 0);
    }

    /** A bar on this process's stderr. */
    public static ProgressBar onStderr(Console console) {
        return new ProgressBar(console, Terminal.onStderr(), System::nanoTime);
    }

    /**
     * Shows the state, unless that was done a moment ago.
     *
     * @param share of the work, 0 to 1
     * @param text beside the bar
     * @param secondsLeft by the speed so far
     */
    public void show(double share, String text, double secondsLeft) {
        long now = nanos.getAsLong();
        boolean due = now - shownAt >= (terminal ? REWRITE_NANOS : LINE_NANOS);
        if (!due && !(terminal && share >= 1)) {
            return;
        }
        shownAt = now;
        String line = String.format(Locale.ROOT, "%3.0f%%  %s", Math.floor(share * 100), text);
        if (share < 1) {
            line += String.format(Locale.ROOT, "  %d:%02d left", (long) secondsLeft / 60, (long) secondsLeft % 60);
        }
        if (!terminal) {
            console.note(line);
            return;
        }
        int full = (int) (CELLS * Math.min(1, share));
        String whole = "[" + "=".repeat(full) + " ".repeat(CELLS - full) + "] " + line;
        console.rewrite(whole + " ".repeat(Math.max(0, width - whole.length())));
        width = whole.length();
    }

    /** Ends the line that is being rewritten. */
    public void end() {
        if (terminal && width > 0) {
            console.note("");
            width = 0;
        }
    }
}
