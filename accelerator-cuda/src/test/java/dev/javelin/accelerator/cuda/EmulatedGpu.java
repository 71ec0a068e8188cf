package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.emulator.EmulatedDriver;
import dev.javelin.spi.Options;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The accelerator {@code cuda} on the emulated driver. */
public final class EmulatedGpu implements AutoCloseable {
    private final Path folder = EmulatedDriver.folder();
    private final TestDevice device;

    public EmulatedGpu() {
        this(Map.of());
    }

    /** With these options of the accelerator. */
    public EmulatedGpu(Map<String, String> options) {
        device = new TestDevice(new CudaProvider().open(options(options)));
    }

    /** Options that let the accelerator find the emulated driver and its stand-ins for cuBLAS, and these. */
    public static Options options(Map<String, String> more) {
        Map<String, String> values = new HashMap<>(more);
        values.put("libraryPath", EmulatedDriver.folder().toString());
        return new Options("accelerator.cuda", values);
    }

    public TestDevice device() {
        return device;
    }

    /** Lets threads and blocks run in another order between barriers, from now on. */
    public void seed(int seed) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = SymbolLookup.libraryLookup(folder.resolve("libcuda.so.1"), arena)
                    .find("emulatedDriverSet")
                    .orElseThrow();
            FunctionDescriptor type =
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
            int code = (int) Linker.nativeLinker()
                    .downcallHandle(set, type)
                    .invokeWithArguments(arena.allocateFrom("seed"), arena.allocateFrom(Integer.toString(seed)));
            if (code != 0) {
                throw new AssertionError("the emulated driver answers " + code);
            }
        } catch (Throwable e) {
            throw new AssertionError("emulatedDriverSet", e);
        }
    }

    @Override
    public void close() {
        device.close();
    }
}
