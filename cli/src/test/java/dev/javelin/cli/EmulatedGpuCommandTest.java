package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands in JVMs of their own on the emulated CUDA driver, which accelerator-cuda builds with g++. */
@DisplayName("javelin on an emulated GPU")
class EmulatedGpuCommandTest {
    private static final int NO_COMPILER = 3;
    private static final double TOLERANCE = 1e-4;

    @TempDir
    static Path emulators;

    @TempDir
    Path folder;

    private static Path driver;

    @BeforeAll
    static void build() throws IOException, InterruptedException {
        Path script = Path.of("..", "accelerator-cuda", "src", "emulator", "build")
                .toAbsolutePath()
                .normalize();
        if (!Files.isExecutable(script)) {
            skip("there is no " + script);
        }
        Path output = emulators.resolve("build.log");
        int code = new ProcessBuilder(script.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        String text = Files.readString(output, StandardCharsets.UTF_8).strip();
        if (code == NO_COMPILER) {
            skip(text);
        }
        assertEquals(0, code, text);
        driver = Path.of(text.substring(text.lastIndexOf('\n') + 1));
    }

    private static void skip(String why) {
        System.err.println("SKIPPED, because there is no emulated driver: " + why);
        Assumptions.abort(why);
    }

    /** The driver with settings of its own. */
    private static Path driverWith(String name, String... settings) throws IOException {
        Path own = Files.createDirectories(emulators.resolve(name));
        Path kernels = Files.createDirectories(own.resolve("kernels"));
        for (Path source : List.of(driver, driver.resolve("kernels"))) {
            try (Stream<Path> files = Files.list(source)) {
                for (Path file : files.filter(
                                file -> file.getFileName().toString().contains(".so"))
                        .toList()) {
                    Files.copy(file, (source.equals(driver) ? own : kernels).resolve(file.getFileName()));
                }
            }
        }
        Files.write(own.resolve("emulated-driver.conf"), List.of(settings));
        return own;
    }

    private Javelin.Ended fit(Path libraries, String out, String... more) throws IOException, InterruptedException {
        return Javelin.in(folder)
                .run(
                        List.of(
                                "fit",
                                "--json",
                                "--accelerator=cuda",
                                "--set=accelerator.cuda.libraryPath=" + libraries,
                                "--out=" + folder.resolve(out)),
                        List.of(more));
    }

    private static String[] tiny(int steps, String... more) {
        return Stream.concat(
                        Stream.of(
                                "--model=gpt:layers=2,width=32,heads=4,block=16",
                                "--set=data.batch=4",
                                "--set=trainer.validationBatches=2",
                                "--max-steps=" + steps),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    private static JsonNode json(Javelin.Ended ended) throws IOException {
        assertEquals(0, ended.code(), ended.err());
        return new ObjectMapper().readTree(ended.out());
    }

    private JsonNode onTheCpu(String out, String... more) {
        Call call = Call.of(Stream.concat(
                        Stream.of("fit", "--json", "--accelerator=cpu", "--out=" + folder.resolve(out)),
                        Stream.of(more))
                .toArray(String[]::new));
        assertEquals(0, call.code(), call.err());
        return call.json();
    }

    private static void assertSameLosses(JsonNode expected, JsonNode actual) {
        assertEquals(
                expected.get("finalLoss").asDouble(), actual.get("finalLoss").asDouble(), TOLERANCE);
        assertEquals(
                expected.get("validationLoss").asDouble(),
                actual.get("validationLoss").asDouble(),
                TOLERANCE);
    }

    @Test
    @DisplayName("trains as the CPU does, in the memory that was predicted, and each takes up the other's checkpoint")
    void trains() throws IOException, InterruptedException {
        JsonNode cpu = onTheCpu("cpu", tiny(8));
        JsonNode gpu = json(fit(driver, "gpu", tiny(8)));
        assertSameLosses(cpu, gpu);
        assertEquals(
                gpu.get("predictedPeakDeviceBytes").asLong(),
                gpu.get("measuredPeakDeviceBytes").asLong());
        String[] further = tiny(12, "--resume=" + folder.resolve("cpu"));
        JsonNode taken = json(fit(driver, "taken", further));
        JsonNode back = onTheCpu("back", tiny(12, "--resume=" + folder.resolve("gpu")));
        assertEquals(12, taken.get("steps").asLong());
        assertSameLosses(back, taken);
    }

    @Test
    @DisplayName("two ranks of ddp that share the device train as one does")
    void ranksShareTheDevice() throws IOException, InterruptedException {
        JsonNode cpu = onTheCpu("cpu", tiny(6));
        JsonNode gpu = json(fit(driver, "gpu", tiny(6, "--ranks=2", "--strategy=ddp")));
        assertSameLosses(cpu, gpu);
    }

    @Test
    @Tag("long")
    @DisplayName("two ranks of ddp with a device each train over nccl as one does")
    void ranksWithADeviceEach() throws IOException, InterruptedException {
        Path two = driverWith("two", "devices=2");
        JsonNode cpu = onTheCpu("cpu", tiny(6));
        JsonNode gpus = json(fit(
                two,
                "gpus",
                tiny(
                        6,
                        "--ranks=2",
                        "--strategy=ddp",
                        "--communicator=nccl",
                        "--set=accelerator.cuda.device=0,1",
                        "--set=communicator.nccl.libraryPath=" + two)));
        assertSameLosses(cpu, gpus);
    }

    @Test
    @Tag("long")
    @DisplayName("writes the texts that the CPU writes, with tokens chosen on the device, in every way of sampling")
    void writesTheSameTexts() throws IOException, InterruptedException {
        onTheCpu("cpu", tiny(8));
        for (String sampling : List.of(
                "--temperature=0",
                "--temperature=1",
                "--temperature=1.5 --top-k=7",
                "--temperature=0.9 --top-p=0.8",
                "--temperature=1.2 --top-k=30 --top-p=0.7")) {
            List<String> arguments = Stream.concat(
                            Stream.of(
                                    "generate",
                                    "--json",
                                    "--checkpoint=" + folder.resolve("cpu"),
                                    "--prompt=Call me ",
                                    "--prompt=The whale",
                                    "--tokens=40",
                                    "--seed=5"),
                            Stream.of(sampling.split(" ")))
                    .toList();
            Call cpu = Call.of(Stream.concat(arguments.stream(), Stream.of("--accelerator=cpu"))
                    .toArray(String[]::new));
            assertEquals(0, cpu.code(), cpu.err());
            JsonNode gpu = json(Javelin.in(folder)
                    .run(arguments, List.of("--accelerator=cuda", "--set=accelerator.cuda.libraryPath=" + driver)));
            for (int i = 0; i < 2; i++) {
                JsonNode text = gpu.get("texts").get(i);
                assertEquals(40, text.get("tokens").asInt());
                assertEquals(cpu.json().get("texts").get(i).get("text"), text.get("text"), sampling);
            }
            assertEquals(
                    gpu.get("predictedPeakDeviceBytes").asLong(),
                    gpu.get("measuredPeakDeviceBytes").asLong());
        }
    }

    @ParameterizedTest
    @CsvSource({"bf16-mixed,flash", "16-mixed,reference"})
    @DisplayName("trains in 16 bits near what 32 give, with either attention, in the memory that was predicted")
    void trainsIn16Bits(String precision, String attention) throws IOException, InterruptedException {
        assertTrains(precision, attention);
    }

    @ParameterizedTest
    @Tag("long")
    @CsvSource({"bf16-mixed,reference", "16-mixed,flash", "bf16-true,flash", "16-true,reference"})
    @DisplayName("so it does in the other pairs of both")
    void trainsInOther16Bits(String precision, String attention) throws IOException, InterruptedException {
        assertTrains(precision, attention);
    }

    private void assertTrains(String precision, String attention) throws IOException, InterruptedException {
        JsonNode cpu = onTheCpu("cpu", tiny(6));
        JsonNode gpu = json(fit(
                driver, "gpu", tiny(6, "--precision=" + precision, "--set=accelerator.cuda.attention=" + attention)));
        assertEquals(
                cpu.get("finalLoss").asDouble(),
                gpu.get("finalLoss").asDouble(),
                0.02 * cpu.get("finalLoss").asDouble());
        assertEquals(
                gpu.get("predictedPeakDeviceBytes").asLong(),
                gpu.get("measuredPeakDeviceBytes").asLong());
    }

    private Javelin.Ended golden(String name, String precision, String... more)
            throws IOException, InterruptedException {
        Path golden = Path.of("..", "tck", "src", "main", "resources", "dev", "javelin", "tck", "golden")
                .toAbsolutePath()
                .normalize();
        Assumptions.assumeTrue(Files.isDirectory(golden), "the golden runs lie in " + golden);
        return Javelin.in(folder)
                .run(
                        List.of(
                                "tck",
                                "golden",
                                golden.resolve(name + ".safetensors").toString(),
                                "--json",
                                "--accelerator=cuda",
                                "--set=accelerator.cuda.libraryPath=" + driver,
                                "--precision=" + precision),
                        List.of(more));
    }

    @ParameterizedTest
    @CsvSource({"llama-tiny,32-true", "gpt-tiny,bf16-mixed"})
    @DisplayName("repeats golden runs of PyTorch")
    void repeatsGoldenRuns(String name, String precision) throws IOException, InterruptedException {
        assertTrue(json(golden(name, precision)).get("pass").asBoolean());
    }

    @Test
    @Tag("long")
    @DisplayName("repeats every golden run in every precision, and over ranks that share the device")
    void repeatsEveryGoldenRun() throws IOException, InterruptedException {
        for (String name : List.of("gpt-tiny", "gpt-accum", "gpt-b12", "llama-tiny", "llama-b12")) {
            for (String precision : List.of("64-true", "32-true", "bf16-mixed", "16-mixed")) {
                assertTrue(json(golden(name, precision)).get("pass").asBoolean(), name + " " + precision);
            }
        }
        for (String ranks : List.of("--ranks=2", "--ranks=4")) {
            assertTrue(json(golden("gpt-b12", "32-true", "--strategy=ddp", ranks))
                    .get("pass")
                    .asBoolean());
        }
    }

    @Test
    @Tag("long")
    @DisplayName("keeps the kit's rules for accelerators")
    void keepsTheRules() throws IOException, InterruptedException {
        Javelin.Ended ended = Javelin.in(folder)
                .run(List.of(
                        "tck", "run", "--accelerator=cuda", "--option=libraryPath=" + driver, "--quick", "--json"));
        assertEquals(0, ended.code(), ended.out() + ended.err());
    }

    @Test
    @DisplayName("measures its training steps, without threads of the host, and profiles them by the device's clock")
    void measuresSteps() throws IOException, InterruptedException {
        JsonNode report = json(Javelin.in(folder)
                .run(List.of(
                        "bench",
                        "step",
                        "--json",
                        "--accelerator=cuda",
                        "--set=accelerator.cuda.libraryPath=" + driver,
                        "--precision=bf16-mixed",
                        "--model=gpt:layers=1,width=32,heads=2,vocab=64,block=16",
                        "--batch=2",
                        "--turns=1",
                        "--profile=2")));
        assertTrue(report.get("sgemmOwnGflopsPerSecond").asDouble() > 0);
        assertTrue(report.path("sgemmOpenBlasGflopsPerSecond").isMissingNode(), "no peer of a GPU");
        assertEquals(
                report.get("predictedPeakDeviceBytes").asLong(),
                report.get("peakDeviceBytes").asLong());
        Path profile = Path.of(report.get("profile").asText());
        assertProfiled(new ObjectMapper().readTree(Files.readString(profile.resolve("profile.json"))));
        String tables = Files.readString(profile.resolve("profile.txt"));
        assertTrue(tables.contains("timed by the device's clock to 0.5 us"), tables);
    }

    /** Of two steps. */
    private static void assertProfiled(JsonNode profile) {
        long steps = 0;
        for (JsonNode nanos : profile.get("stepNanos")) {
            steps += nanos.asLong();
        }
        assertEquals(500, profile.get("deviceClockResolutionNanos").asLong());
        assertEquals(
                steps,
                profile.get("computeBusyNanos").asLong()
                        + profile.get("waitingForQueuesNanos").asLong()
                        + profile.get("idleForHostNanos").asLong()
                        + profile.get("betweenLaunchesNanos").asLong());
        assertTrue(profile.get("computeBusyNanos").asLong() > 0, "kernels took time");
        assertTrue(profile.get("floorNanos").asLong() > 0, "there is a floor");
        long calls = 0;
        for (JsonNode operation : profile.get("operations")) {
            if (!operation.get("name").asText().startsWith("copy")) {
                calls += operation.get("calls").asLong();
            }
        }
        assertEquals(calls, profile.get("launches").asLong());
    }

    @Test
    @DisplayName("a kernel that fails ends the run with the driver's error, and nothing hangs")
    void kernelFails() throws IOException, InterruptedException {
        Path failing = driverWith("failing", "fail.cuLaunchKernel=700@100");
        Javelin.Ended ended = fit(failing, "failed", tiny(8));
        assertNotEquals(0, ended.code());
        assertTrue(ended.err().contains("JVL-CUD-0002"), ended.err());
        assertTrue(ended.err().contains("CUDA_ERROR_ILLEGAL_ADDRESS"), ended.err());
    }

    @Test
    @DisplayName("memory that runs out is told with what was asked for and what is free")
    void memoryRunsOut() throws IOException, InterruptedException {
        Path small = driverWith("small", "memoryBytes=68157440"); // 64 MiB for the context, 1 MiB to allocate
        Javelin.Ended ended = fit(small, "small", tiny(8));
        assertNotEquals(0, ended.code());
        assertTrue(ended.err().contains("JVL-"), ended.err());
        assertTrue(ended.err().contains("bytes"), ended.err());
    }

    @Test
    @DisplayName("a driver without a device is told as such")
    void noDevice() throws IOException, InterruptedException {
        Path without = driverWith("without", "devices=0");
        Javelin.Ended ended = fit(without, "none", tiny(8));
        assertNotEquals(0, ended.code());
        assertTrue(ended.err().contains("JVL-CUD-0013"), ended.err());
    }
}
