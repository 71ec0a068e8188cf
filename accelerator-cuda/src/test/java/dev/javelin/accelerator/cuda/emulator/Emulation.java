package dev.javelin.accelerator.cuda.emulator;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The calls of the emulated driver by java.lang.foreign, in a context of its own, for tests of the driver itself. Results
 * are returned, not judged.
 */
final class Emulation implements AutoCloseable {
    static final int INVALID_VALUE = 1;
    static final int OUT_OF_MEMORY = 2;
    static final int NO_DEVICE = 100;
    static final int INVALID_PTX = 218;
    static final int INVALID_HANDLE = 400;
    static final int NOT_READY = 600;
    static final int ILLEGAL_ADDRESS = 700;
    static final int LAUNCH_FAILED = 719;

    private final Arena arena = Arena.ofShared();
    private final SymbolLookup library;
    private final long context;
    private final List<String> changed = new ArrayList<>();

    Emulation(Path folder) {
        library = SymbolLookup.libraryLookup(folder.resolve("libcuda.so.1"), Arena.global());
        require(call("cuInit", 0));
        MemorySegment made = arena.allocate(8);
        require(call("cuCtxCreate_v2", made, 0, 0));
        context = made.get(ValueLayout.JAVA_LONG, 0);
    }

    /** Calls a function with ints, longs, floats and addresses, as their Java types say; its result. */
    int call(String function, Object... arguments) {
        MemorySegment symbol = library.find(function).orElseThrow();
        var layouts = new java.lang.foreign.MemoryLayout[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            layouts[i] = switch (arguments[i]) {
                case Integer number -> ValueLayout.JAVA_INT;
                case Long number -> ValueLayout.JAVA_LONG;
                default -> ValueLayout.ADDRESS;
            };
        }
        try {
            return (int) Linker.nativeLinker()
                    .downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts))
                    .invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(function, e);
        }
    }

    static void require(int result) {
        if (result != 0) {
            throw new AssertionError("the emulated driver answers " + result);
        }
    }

    /** Changes a setting until this is closed. */
    void set(String key, String value, String before) {
        changed.add(key + "=" + before);
        require(call("emulatedDriverSet", arena.allocateFrom(key), arena.allocateFrom(value)));
    }

    String complaint() {
        MemorySegment text = arena.allocate(400);
        MemorySegment symbol = library.find("emulatedDriverComplaint").orElseThrow();
        try {
            Linker.nativeLinker()
                    .downcallHandle(symbol, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT))
                    .invokeWithArguments(text, 400);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        return text.getString(0);
    }

    Arena arena() {
        return arena;
    }

    long allocate(long bytes) {
        MemorySegment address = arena.allocate(8);
        require(call("cuMemAlloc_v2", address, bytes));
        return address.get(ValueLayout.JAVA_LONG, 0);
    }

    long floats(float... values) {
        long address = allocate(4L * values.length);
        require(call(
                "cuMemcpyHtoD_v2", address, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values), 4L * values.length));
        return address;
    }

    MemorySegment bytes(long address, long bytes) {
        MemorySegment host = arena.allocate(bytes, 8);
        require(call("cuMemcpyDtoH_v2", host, address, bytes));
        return host;
    }

    float[] floats(long address, int count) {
        return bytes(address, 4L * count).toArray(ValueLayout.JAVA_FLOAT);
    }

    long module(String ptx) {
        MemorySegment made = arena.allocate(8);
        require(call("cuModuleLoadData", made, arena.allocateFrom(ptx, StandardCharsets.US_ASCII)));
        return made.get(ValueLayout.JAVA_LONG, 0);
    }

    static String probePtx() {
        try (InputStream text = Emulation.class.getResourceAsStream("probe.ptx")) {
            return new String(text.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    long function(String entry) {
        MemorySegment made = arena.allocate(8);
        require(call("cuModuleGetFunction", made, module(probePtx()), arena.allocateFrom(entry)));
        return made.get(ValueLayout.JAVA_LONG, 0);
    }

    /** Launches an entry of {@code probe.cu} on a stream, with parameters that are longs or arrays of longs (structs). */
    int launchOn(long stream, String entry, int blocks, int threads, int sharedBytes, Object... parameters) {
        MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, Math.max(1, parameters.length));
        for (int i = 0; i < parameters.length; i++) {
            long[] words = parameters[i] instanceof long[] struct ? struct : new long[] {(Long) parameters[i]};
            pointers.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(ValueLayout.JAVA_LONG, words));
        }
        return call("cuLaunchKernel", function(entry), blocks, 1, 1, threads, 1, 1, sharedBytes, stream, pointers, 0L);
    }

    int launch(String entry, int blocks, int threads, Object... parameters) {
        return launchOn(0, entry, blocks, threads, 0, parameters);
    }

    int synchronize() {
        return call("cuCtxSynchronize");
    }

    long stream() {
        MemorySegment made = arena.allocate(8);
        require(call("cuStreamCreate", made, 1));
        return made.get(ValueLayout.JAVA_LONG, 0);
    }

    long event(int flags) {
        MemorySegment made = arena.allocate(8);
        require(call("cuEventCreate", made, flags));
        return made.get(ValueLayout.JAVA_LONG, 0);
    }

    @Override
    public void close() {
        for (String setting : changed) {
            int equals = setting.indexOf('=');
            call(
                    "emulatedDriverSet",
                    arena.allocateFrom(setting.substring(0, equals)),
                    arena.allocateFrom(setting.substring(equals + 1)));
        }
        require(call("cuCtxDestroy_v2", context));
        arena.close();
    }
}
