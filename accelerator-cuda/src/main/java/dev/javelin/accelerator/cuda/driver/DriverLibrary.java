package dev.javelin.accelerator.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.javelin.accelerator.cuda.driver.Libraries.Loaded;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;

/**
 * The few calls of the driver's library that tell what is there, by java.lang.foreign: JCuda cannot be touched before it is
 * known that there is a driver. Answers are the library's own codes, 0 for success.
 */
final class DriverLibrary {
    static final String SONAME = "libcuda.so.1";
    private static final int NAME_BYTES = 256;
    /** Of a function that an older driver lacks. */
    private static final int NOT_FOUND = 500;

    private final SymbolLookup symbols;

    DriverLibrary(Loaded loaded) {
        symbols = loaded.symbols();
    }

    int init() {
        return call("cuInit", FunctionDescriptor.of(JAVA_INT, JAVA_INT), 0);
    }

    /** An answer, and the code that says whether it is one. */
    record Answer(int code, long value) {}

    /** 1000 · major + 10 · minor of the newest CUDA that the driver knows. */
    Answer version() {
        return number(at -> call("cuDriverGetVersion", FunctionDescriptor.of(JAVA_INT, ADDRESS), at));
    }

    Answer devices() {
        return number(at -> call("cuDeviceGetCount", FunctionDescriptor.of(JAVA_INT, ADDRESS), at));
    }

    Answer attribute(int attribute, int device) {
        return number(at -> call(
                "cuDeviceGetAttribute",
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
                at,
                attribute,
                device));
    }

    Answer memoryBytes(int device) {
        return number(
                at -> call("cuDeviceTotalMem_v2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), at, device));
    }

    /** Empty if the driver does not say. */
    String name(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(NAME_BYTES);
            int code = call(
                    "cuDeviceGetName",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
                    text,
                    NAME_BYTES,
                    device);
            return code == 0 ? text.getString(0, StandardCharsets.UTF_8) : "";
        }
    }

    private interface Question {
        int ask(MemorySegment at);
    }

    private static Answer number(Question question) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment at = arena.allocate(JAVA_LONG);
            int code = question.ask(at);
            return new Answer(code, at.get(JAVA_LONG, 0));
        }
    }

    @SuppressWarnings("restricted")
    private int call(String function, FunctionDescriptor type, Object... arguments) {
        MemorySegment symbol = symbols.find(function).orElse(MemorySegment.NULL);
        if (symbol.address() == 0) {
            return NOT_FOUND;
        }
        try {
            return (int) Linker.nativeLinker().downcallHandle(symbol, type).invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(function, e);
        }
    }
}
