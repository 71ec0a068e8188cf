package dev.javelin.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;

/**
 * Where a command writes: results to stdout, everything else to stderr. With {@code --json} the result is one object on
 * one line, and lines for people do not appear on stdout.
 */
public final class Console {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;

    public Console(PrintWriter out, PrintWriter err, boolean json) {
        this.out = out;
        this.err = err;
        this.json = json;
    }

    static Console of(CommandLine command, boolean json) {
        return new Console(command.getOut(), command.getErr(), json);
    }

    /** Whether the result is asked for as JSON. */
    public boolean json() {
        return json;
    }

    /** A line of the result for people; to stderr with {@code --json}. */
    public void line(String text) {
        PrintWriter target = json ? err : out;
        target.println(text);
        target.flush();
    }

    /** A part of the result for people, without a line break; to stderr with {@code --json}. */
    public void text(String text) {
        PrintWriter target = json ? err : out;
        target.print(text);
        target.flush();
    }

    /** A line that is no result: progress, warnings, where things lie. */
    public void note(String text) {
        err.println(text);
        err.flush();
    }

    /** Writes to stderr without a line break, for a line that is rewritten. */
    public void rewrite(String text) {
        err.print("\r" + text);
        err.flush();
    }

    /** The result as one object, if it is asked for as JSON. Call it once. */
    public void object(Map<String, ?> result) {
        if (json) {
            out.println(text(result));
            out.flush();
        }
    }

    private static String text(Map<String, ?> result) {
        try {
            return new ObjectMapper().writeValueAsString(result);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a result that is no JSON: " + result, e);
        }
    }
}
