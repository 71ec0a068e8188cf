package dev.javelin.accelerator.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cuda.emulator.EmulatedDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a machine is told that lacks something, each in a JVM of its own: a driver's library is loaded once in a process. */
class ProbeTest {
    private static final String MODULE = "dev.javelin.accelerator.cuda";

    @TempDir
    private Path folder;

    /** Where the system's loader looks, there are these of the stand-ins. */
    private void install(String configuration, String... libraries) throws IOException {
        Path emulated = EmulatedDriver.folder();
        for (String library : libraries) {
            Files.createSymbolicLink(folder.resolve(library), emulated.resolve(library));
        }
        // The emulated driver reads its configuration beside itself: so that one is a file.
        if (!configuration.isEmpty()) {
            Files.delete(folder.resolve("libcuda.so.1"));
            Files.copy(emulated.resolve("libcuda.so.1"), folder.resolve("libcuda.so.1"));
            Files.writeString(folder.resolve("emulated-driver.conf"), configuration + "\n");
        }
    }

    private String run(boolean nativeAccess) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path",
                System.getProperty("jdk.module.path"),
                "--patch-module",
                MODULE + "=target/test-classes",
                "--module",
                MODULE + "/" + ProbeAlone.class.getName()));
        if (nativeAccess) {
            command.add(1, "--enable-native-access=" + MODULE);
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LD_LIBRARY_PATH", folder.toString());
        builder.environment().put("PATH", folder.toString());
        builder.environment().remove("CUDA_HOME");
        builder.environment().remove("CUDA_PATH");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    @Test
    void withoutADriverBothProbeAndOpenSayHowToGetOne() throws IOException, InterruptedException {
        Assumptions.assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "this machine has a driver");
        String output = run(true);
        assertTrue(output.contains("available=false"), output);
        assertEquals(2, output.split("JVL-CUD-0011 no NVIDIA driver: looked for libcuda.so.1", -1).length - 1, output);
        assertTrue(output.contains("Install NVIDIA's driver 525 or later"), output);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "devices=0 | JVL-CUD-0013 | sees no GPU",
                "driverVersion=11080 | JVL-CUD-0012 | it knows CUDA 11.8",
                "initResult=803 | JVL-CUD-0012 | different versions",
                "initResult=999 | JVL-CUD-0020 | cuInit",
                "computeCapability=7.5 | JVL-CUD-0016 | compute capability 7.5"
            })
    void aDriverWithoutAUsefulGpuIsToldApart(String configuration, String code, String reason)
            throws IOException, InterruptedException {
        install(configuration, "libcuda.so.1", "libcublas.so.13", "libcublasLt.so.13");
        String output = run(true);
        assertTrue(output.contains("available=false"), output);
        assertEquals(2, output.split(code, -1).length - 1, output);
        assertTrue(output.contains(reason), output);
    }

    @Test
    void aMissingCublasIsToldByTheProbeAndNeededOnlyForProducts() throws IOException, InterruptedException {
        install("", "libcuda.so.1");
        String output = run(true);
        assertTrue(
                output.contains("JVL-CUD-0014 no cuBLASLt: looked for libcublasLt.so.13, libcublasLt.so.12"), output);
        assertTrue(output.contains("opened cuda"), output);
    }

    @Test
    void aGpuWithAllItNeedsIsAvailableUnderItsOwnName() throws IOException, InterruptedException {
        install("", "libcuda.so.1", "libcublas.so.13", "libcublasLt.so.13");
        String output = run(true);
        assertTrue(output.contains("available=true"), output);
        assertTrue(output.contains("emulated"), output);
        assertTrue(output.contains("opened cuda"), output);
    }

    @Test
    void withoutNativeAccessTheFlagIsNamed() throws IOException, InterruptedException {
        String output = run(false);
        assertTrue(output.contains("JVL-CUD-0005"), output);
        assertTrue(output.contains("--enable-native-access=" + MODULE), output);
    }
}
