package dev.javelin.accelerator.cuda.emulator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * The emulated driver, built from {@code src/emulator}: a folder for the option {@code libraryPath}. Built once, and anew
 * when its sources or kernels have changed. Where g++ is missing, tests that ask for it are skipped, aloud.
 */
public final class EmulatedDriver {
    private static final int NO_COMPILER = 3;

    private EmulatedDriver() {}

    /** The folder with {@code libcuda.so.1}, {@code libcublas.so.13} and {@code libcublasLt.so.13}. */
    public static Path folder() {
        Result result = Built.RESULT;
        if (result.code == NO_COMPILER) {
            System.err.println("SKIPPED, because the emulated driver cannot be built here: " + result.text);
            Assumptions.abort(result.text);
        }
        if (result.code != 0) {
            throw new IllegalStateException("the emulated driver does not build: " + result.text);
        }
        return Path.of(result.text.substring(result.text.lastIndexOf('\n') + 1));
    }

    /** What the build said, and how it ended. */
    private record Result(int code, String text) {}

    /** Holds the one build of this JVM. */
    private static final class Built {
        private static final Result RESULT = build();
    }

    private static Result build() {
        Path script = Path.of("src", "emulator", "build").toAbsolutePath();
        try {
            Path output = Files.createTempFile("emulated-driver", ".log");
            Process build = new ProcessBuilder(script.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            int code = build.waitFor();
            String text = Files.readString(output, StandardCharsets.UTF_8).strip();
            Files.delete(output);
            return new Result(code, text);
        } catch (IOException e) {
            throw new IllegalStateException(script + " does not start", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the emulated driver was built", e);
        }
    }
}
