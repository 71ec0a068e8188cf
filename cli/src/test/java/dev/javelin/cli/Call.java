package dev.javelin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** A command run inside this JVM, with what it wrote. */
record Call(int code, String out, String err) {

    static Call of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line =
                Main.commandLine(arguments).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int code = line.execute(arguments);
        return new Call(code, out.toString(), err.toString());
    }

    /** The one object on the one line of stdout. */
    JsonNode json() {
        if (out.lines().count() != 1) {
            throw new AssertionError("expected one line on stdout, but it has\n" + out + "\nstderr:\n" + err);
        }
        try {
            return new ObjectMapper().readTree(out);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + out, e);
        }
    }
}
