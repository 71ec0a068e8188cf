package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.accelerator.cpu.blas.OpenBlasFiles;
import dev.javelin.accelerator.cpu.blas.OpenBlasSerial;
import dev.javelin.accelerator.cpu.threads.Workers;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelBitsTest {

    private static Map<String, Long> checksums(int threads, int elements) {
        try (Workers workers = new Workers(threads)) {
            return KernelBits.checksums(workers, OpenBlasSerial.open(GemmTest.CACHE), elements);
        }
    }

    @Test
    void resultsHaveTheSameBitsForAnyNumberOfThreadsColdAndWarm() {
        Map<String, Long> cold = checksums(1, KernelBits.MANY);
        for (int threads = 2; threads <= 8; threads++) {
            assertEquals(cold, checksums(threads, KernelBits.MANY), threads + " threads");
        }
        for (int round = 0; round < 20; round++) {
            assertEquals(cold, checksums(2, KernelBits.MANY), "round " + round);
        }
    }

    @Test
    void resultsHaveTheSameBitsWithoutJitCompiler() throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        checksums(2, KernelBits.FEW).forEach((kernel, sum) -> lines.add(kernel + " " + sum));
        Path output = Files.createTempFile("kernel-bits", ".txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xint",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("jdk.module.path") + File.pathSeparator + "target/test-classes",
                        KernelBits.class.getName(),
                        OpenBlasFiles.extract(GemmTest.CACHE).toString(),
                        "3")
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertEquals(0, process.waitFor());
        assertEquals(lines, Files.readAllLines(output));
        Files.delete(output);
    }
}
