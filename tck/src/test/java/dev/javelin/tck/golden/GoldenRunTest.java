package dev.javelin.tck.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Precision;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.StrategyProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoldenRunTest {
    private static final Path CASES = Path.of("src/main/resources/dev/javelin/tck/golden");

    private static GoldenReport run(String name, Precision precision, String... device) {
        return run(CASES.resolve(name), precision, device);
    }

    private static GoldenReport run(Path golden, Precision precision, String... device) {
        Map<String, String> options = new TreeMap<>();
        for (int i = 0; i < device.length; i += 2) {
            options.put(device[i], device[i + 1]);
        }
        try (GoldenCase file = GoldenCase.open(golden.resolveSibling(golden.getFileName() + ".safetensors"));
                Accelerator accelerator = cpu().open(new Options("accelerator.cpu", options))) {
            return GoldenRun.run(file, precision, accelerator, single());
        }
    }

    private static AcceleratorProvider cpu() {
        return ServiceLoader.load(AcceleratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("cpu"))
                .findFirst()
                .orElseThrow();
    }

    private static Strategy single() {
        return ServiceLoader.load(StrategyProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("single"))
                .findFirst()
                .orElseThrow()
                .strategy(Options.none("strategy.single"));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-tiny,64-true,fast",
        "gpt-accum,64-true,fast",
        "gpt-b12,64-true,fast",
        "gpt-tiny,32-true,fast",
        "gpt-accum,32-true,fast",
        "gpt-b12,32-true,fast",
        "gpt-tiny,64-true,reference",
        "gpt-tiny,32-true,reference",
        "llama-tiny,64-true,fast",
        "llama-tiny,32-true,fast",
        "llama-b12,64-true,fast",
        "llama-b12,32-true,fast",
        "llama-tiny,64-true,reference",
        "llama-tiny,32-true,reference",
        "gpt-tiny,bf16-mixed,fast",
        "gpt-accum,bf16-mixed,fast",
        "gpt-b12,bf16-mixed,fast",
        "llama-tiny,bf16-mixed,fast",
        "llama-b12,bf16-mixed,fast",
        "gpt-tiny,16-mixed,fast",
        "gpt-accum,16-mixed,fast",
        "gpt-b12,16-mixed,fast",
        "llama-tiny,16-mixed,fast",
        "llama-b12,16-mixed,fast",
        "gpt-tiny,bf16-true,fast",
        "gpt-accum,bf16-true,fast",
        "llama-tiny,bf16-true,fast",
        "gpt-tiny,16-true,fast",
        "gpt-accum,16-true,fast",
        "llama-tiny,16-true,fast",
        "gpt-tiny,bf16-mixed,reference",
        "llama-tiny,16-mixed,reference"
    })
    void aTrainingOfPyTorchIsRepeatedWithinTolerance(String name, String precision, String kernels) {
        GoldenReport report = run(name, Precision.of(precision), "kernels", kernels);
        System.out.println(report);
        assertTrue(report.pass(), report.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-tiny", "llama-tiny"})
    void decomposedOperationsGiveTheSameTraining(String name) {
        GoldenReport report = run(name, Precision.TRUE_64, "decompose", "true");
        assertTrue(report.pass(), report.toString());
    }

    @Test
    void theWeightsAreTheSameBitsForAnyNumberOfThreads() {
        for (String precision : new String[] {"32-true", "64-true", "bf16-mixed", "16-mixed", "bf16-true", "16-true"}) {
            String one =
                    run("gpt-accum", Precision.of(precision), "threads", "1").weightsSha256();
            for (String threads : new String[] {"2", "3", "8"}) {
                assertEquals(
                        one,
                        run("gpt-accum", Precision.of(precision), "threads", threads)
                                .weightsSha256());
            }
        }
        for (String threads : new String[] {"2", "3", "8"}) {
            assertEquals(
                    run("llama-b12", Precision.TRUE_32, "threads", "1").weightsSha256(),
                    run("llama-b12", Precision.TRUE_32, "threads", threads).weightsSha256());
        }
        assertNotEquals(
                run("gpt-accum", Precision.TRUE_32).weightsSha256(),
                run("gpt-tiny", Precision.TRUE_32).weightsSha256());
    }

    @Test
    void anArchitectureWithoutAModelIsRefused(@TempDir Path folder) throws IOException {
        String json = Files.readString(CASES.resolve("gpt-tiny.json"));
        Files.writeString(folder.resolve("rnn.json"), json.replace("\"gpt\"", "\"rnn\""));
        Files.copy(CASES.resolve("gpt-tiny.safetensors"), folder.resolve("rnn.safetensors"));
        JavelinException error =
                assertThrows(JavelinException.class, () -> run(folder.resolve("rnn"), Precision.TRUE_64));
        assertEquals("JVL-DAT-0031", error.code());
    }

    @Test
    void aMissingCaseIsRefused() {
        JavelinException error = assertThrows(JavelinException.class, () -> run("nothing", Precision.TRUE_64));
        assertEquals("JVL-DAT-0030", error.code());
    }
}
