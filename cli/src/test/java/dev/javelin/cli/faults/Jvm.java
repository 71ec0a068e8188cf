package dev.javelin.cli.faults;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Commands that start a main class of this module, or of its tests, in a JVM of its own. */
final class Jvm {
    private Jvm() {}

    /**
     * The command line.
     *
     * @param mark told to the JVM as a property, which it hands on to all that it starts: by it they are found again
     * @param main name of the main class
     */
    static List<String> command(String mark, String main, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                java().toString(),
                "-D" + mark,
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xlog:disable",
                "-Xlog:all=warning:stderr",
                "--add-modules=jdk.incubator.vector,dev.javelin.cli",
                "--enable-native-access=dev.javelin.accelerator.cpu,dev.javelin.accelerator.cuda,dev.javelin.communicator.host,"
                        + "dev.javelin.communicator.local,dev.javelin.communicator.mpi,dev.javelin.communicator.nccl,dev.javelin.engine",
                "--module-path=" + modulePath(),
                "--patch-module=dev.javelin.cli=" + testClasses(),
                "--module",
                "dev.javelin.cli/" + main));
        command.addAll(arguments);
        return command;
    }

    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** The modules of this JVM; what Surefire put on the class path may be needed at run time only. */
    static String modulePath() {
        String all = System.getProperty("jdk.module.path") + File.pathSeparator + System.getProperty("java.class.path");
        return Stream.of(all.split(File.pathSeparator))
                .filter(path -> !path.isEmpty() && !path.equals(testClasses().toString()))
                .distinct()
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElseThrow();
    }

    static Path testClasses() {
        try {
            Path own = Path.of(
                    Objects.requireNonNull(Jvm.class.getResource("Jvm.class")).toURI());
            return Objects.requireNonNull(own.getRoot()).resolve(own.subpath(0, own.getNameCount() - 5));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
