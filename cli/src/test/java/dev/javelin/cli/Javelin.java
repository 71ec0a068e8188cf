package dev.javelin.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command in a JVM of its own.
 *
 * @param folder that it works in
 */
public record Javelin(Path folder) {

    public static Javelin in(Path folder) {
        return new Javelin(folder);
    }

    /** How a process ended, with what it wrote. */
    public record Ended(int code, String out, String err) {}

    /** A process with these arguments; {@code env} gives SIGINT its meaning back where a background job lost it. */
    @SafeVarargs
    public final ProcessBuilder process(List<String>... arguments) {
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT", java()));
        command.addAll(JavaArgsCommand.ARGUMENTS);
        command.addAll(List.of("--module-path", modulePath(), "--module", "dev.javelin.cli/dev.javelin.cli.Main"));
        for (List<String> part : arguments) {
            command.addAll(part);
        }
        return new ProcessBuilder(command).directory(folder.toFile());
    }

    /** Runs a command to its end. */
    @SafeVarargs
    public final Ended run(List<String>... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        int code = process(arguments)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start()
                .waitFor();
        return new Ended(
                code, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The modules of this JVM; what Surefire put on the class path may be needed at run time only. */
    private static String modulePath() {
        return System.getProperty("jdk.module.path") + ":" + System.getProperty("java.class.path");
    }
}
