package dev.javelin.accelerator.cpu.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.Case;
import dev.javelin.accelerator.cpu.TestDevice;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every fast kernel computes the same bits interpreted, compiled by either compiler, and on any number of threads. */
class ReproducibilityTest {
    /** Classes of the package {@code fast} without a loop of their own: data, constants and accessors. */
    private static final Set<String> NO_KERNELS = Set.of("Tiles", "Raw", "package-info");

    private static TestDevice reference;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        reference = TestDevice.open("kernels", "reference");
    }

    @AfterAll
    static void close() {
        reference.close();
    }

    @Test
    void everyKernelOfTheTableHasACaseForAllJvms() {
        Set<Class<?>> missing = new HashSet<>(FastKernels.all(1).operations());
        for (Case c : BitCases.few(reference)) {
            missing.remove(c.operation().getClass());
        }
        assertEquals(Set.of(), missing, "add a case to BitCases for these");
    }

    @Test
    void theNumberOfThreadsChangesNoBit() {
        List<Case> cases = BitCases.many(reference);
        List<String> one = Bits.of(cases, 1, 1);
        for (int threads : new int[] {2, 3, 5, 8}) {
            assertSame(one, Bits.of(cases, threads, 1), threads + " threads");
        }
    }

    @Test
    void noCompilerChangesABit() throws IOException, InterruptedException {
        List<Jvm> jvms = List.of(
                start("interpreted", 1, 3, "-Xint"),
                start(
                        "c1",
                        4,
                        1,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:CompileThresholdScaling=0.01",
                        "-XX:+PrintCompilation"),
                start(
                        "c2",
                        4,
                        2,
                        "-XX:-TieredCompilation",
                        "-XX:CompileThresholdScaling=0.01",
                        "-XX:+PrintCompilation"));
        List<String> here = Bits.of(BitCases.few(reference), 2, 1);
        assertTrue(here.size() > 500, here.size() + " cases");
        for (Jvm jvm : jvms) {
            assertEquals(0, jvm.process.waitFor(), jvm.name);
            assertSame(here, Files.readAllLines(jvm.sums), jvm.name);
            if (jvm.name.equals("c1")) { // the other compiler is slower: it has done part of them when the cases end
                requireCompiled(Files.readAllLines(jvm.output), jvm.name);
            }
        }
    }

    /** Compares case by case, so that a failure names the kernel. */
    private static void assertSame(List<String> expected, List<String> actual, String what) {
        assertEquals(expected.size(), actual.size(), what);
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i), actual.get(i), what);
        }
    }

    /** Looks whether the cases work every class with kernels, so often that it was compiled. */
    private static void requireCompiled(List<String> lines, String what) throws IOException {
        Set<String> missing = new TreeSet<>();
        try (var files = Files.list(Path.of("target/classes/dev/javelin/accelerator/cpu/fast"))) {
            files.map(file -> file.getFileName().toString().replace(".class", ""))
                    .filter(name -> !name.contains("$") && !NO_KERNELS.contains(name))
                    .forEach(missing::add);
        }
        for (String line : lines) {
            int at = line.indexOf("accelerator.cpu.fast.");
            if (at >= 0) {
                String name = line.substring(at + "accelerator.cpu.fast.".length());
                missing.remove(name.split("[^A-Za-z0-9]", 2)[0]);
            }
        }
        assertEquals(Set.of(), missing, what + " compiled nothing of these: BitCases has no case that works them");
    }

    private record Jvm(String name, Process process, Path sums, Path output) {}

    private Jvm start(String name, int rounds, int threads, String... options) throws IOException {
        Path sums = folder.resolve(name + ".sums");
        Path output = folder.resolve(name + ".out");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("jdk.module.path") + File.pathSeparator + "target/test-classes",
                Bits.class.getName(),
                sums.toString(),
                Integer.toString(rounds),
                Integer.toString(threads)));
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Jvm(name, process, sums, output);
    }
}
