package dev.javelin.communicator.nccl;

import dev.javelin.accelerator.cuda.CudaProvider;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.tck.communicator.Device;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * Eight GPUs of the emulated driver, and its stand-in for NCCL: built from the sources of accelerator-cuda and loaded into
 * this JVM. Streams begin each piece of work late by chance. Where it cannot be built, tests are skipped, aloud.
 */
final class EmulatedGpus {
    static final int COUNT = 8;

    private static final int NO_COMPILER = 3;

    private EmulatedGpus() {}

    /** The folder of the libraries, loaded. */
    static Path folder() {
        if (!Files.isExecutable(Loaded.SCRIPT)) {
            skip("there is no " + Loaded.SCRIPT);
        }
        if (Loaded.CODE == NO_COMPILER) {
            skip(Loaded.text);
        }
        if (Loaded.CODE != 0) {
            throw new IllegalStateException("the emulated driver does not build: " + Loaded.text);
        }
        return Path.of(Loaded.text.substring(Loaded.text.lastIndexOf('\n') + 1));
    }

    private static void skip(String why) {
        System.err.println("SKIPPED, because there is no emulated driver: " + why);
        Assumptions.abort(why);
    }

    /** The driver is loaded once in a JVM. */
    private static final class Loaded {
        private static final Path SCRIPT = Path.of("..", "accelerator-cuda", "src", "emulator", "build")
                .toAbsolutePath()
                .normalize();
        private static String text = "";
        private static final int CODE = build();

        private static int build() {
            try {
                Path output = Files.createTempFile("emulated-driver", ".log");
                Process build = new ProcessBuilder(SCRIPT.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                int code = build.waitFor();
                text = Files.readString(output, StandardCharsets.UTF_8).strip();
                Files.delete(output);
                if (code == 0) {
                    load(Path.of(text.substring(text.lastIndexOf('\n') + 1)));
                }
                return code;
            } catch (IOException e) {
                throw new IllegalStateException(SCRIPT + " does not start", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the emulated driver was built", e);
            }
        }

        private static void load(Path folder) {
            System.load(folder.resolve("libcuda.so.1").toString());
            set(folder, "devices", String.valueOf(COUNT));
            set(folder, "jitterMicros", "60");
        }
    }

    /** Changes a setting of the driver. */
    private static void set(Path folder, String key, String value) {
        FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle call = function(folder.resolve("libcuda.so.1"), "emulatedDriverSet", type);
            int code = (int) call.invoke(arena.allocateFrom(key), arena.allocateFrom(value));
            if (code != 0) {
                throw new IllegalStateException("the emulated driver answers " + code);
            }
        } catch (Throwable e) {
            throw new IllegalStateException(key + "=" + value, e);
        }
    }

    /** Lets a function of the stand-in for NCCL answer a result from now on; 0 takes it back. */
    static void failNccl(String function, int result) {
        FunctionDescriptor type = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            function(folder().resolve("libnccl.so.2"), "emulatedNcclFail", type)
                    .invoke(arena.allocateFrom(function), result);
        } catch (Throwable e) {
            throw new IllegalStateException(function, e);
        }
    }

    private static MethodHandle function(Path library, String name, FunctionDescriptor type) {
        return Linker.nativeLinker()
                .downcallHandle(
                        SymbolLookup.libraryLookup(library, Arena.global())
                                .find(name)
                                .orElseThrow(),
                        type);
    }

    static Accelerator open(int gpu) {
        return new CudaProvider()
                .open(new Options(
                        "accelerator.cuda", Map.of("device", String.valueOf(gpu), "libraryPath", folder().toString())));
    }

    /** All ranks on one GPU. */
    static Device shared() {
        return new Device("cuda, one emulated GPU for all", rank -> open(0));
    }

    /** A GPU for each rank. */
    static Device each() {
        return new Device("cuda, an emulated GPU for each", EmulatedGpus::open);
    }

    static Options nccl() {
        return new Options("communicator.nccl", Map.of("libraryPath", folder().toString()));
    }
}
