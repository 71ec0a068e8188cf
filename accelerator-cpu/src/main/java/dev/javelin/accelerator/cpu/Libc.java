package dev.javelin.accelerator.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The functions of the C library that hand out memory, under their own names, with Linux's constants. */
@SuppressWarnings("restricted")
final class Libc {
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_PRIVATE = 0x02;
    static final int MAP_ANONYMOUS = 0x20;
    static final int MADV_HUGEPAGE = 14;

    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private final MethodHandle mmap;
    private final MethodHandle munmap;
    private final MethodHandle madvise;

    Libc() {
        ValueLayout.OfLong size = ValueLayout.JAVA_LONG; // pointers travel as the raw addresses they are
        ValueLayout.OfInt i = ValueLayout.JAVA_INT;
        mmap = bind("mmap", FunctionDescriptor.of(size, size, size, i, i, i, size));
        munmap = bind("munmap", FunctionDescriptor.of(i, size, size));
        madvise = bind("madvise", FunctionDescriptor.of(i, size, size, i));
    }

    /** True where these functions and constants are Linux's. */
    static boolean present() {
        return System.getProperty("os.name").equals("Linux") && ValueLayout.ADDRESS.byteSize() == 8;
    }

    private static MethodHandle bind(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), type, Linker.Option.captureCallState("errno"));
    }

    /** void* mmap(void* address, size_t length, int protection, int flags, int file, off_t offset) */
    long mmap(long address, long length, int protection, int flags, int file, long offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = (long) mmap.invokeExact(state, address, length, protection, flags, file, offset);
            if (result == -1) {
                throw new OutOfMemoryError("mmap of " + length + " bytes: errno " + (int) ERRNO.get(state, 0L));
            }
            return result;
        } catch (Throwable e) {
            throw failed("mmap", e);
        }
    }

    /** int munmap(void* address, size_t length) */
    void munmap(long address, long length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            if ((int) munmap.invokeExact(state, address, length) != 0) {
                throw new IllegalStateException("munmap: errno " + (int) ERRNO.get(state, 0L));
            }
        } catch (Throwable e) {
            throw failed("munmap", e);
        }
    }

    /** int madvise(void* address, size_t length, int advice): false if the kernel does not take the advice */
    boolean madvise(long address, long length, int advice) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) madvise.invokeExact(arena.allocate(STATE), address, length, advice) == 0;
        } catch (Throwable e) {
            throw failed("madvise", e);
        }
    }

    private static RuntimeException failed(String function, Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        return new IllegalStateException(function + " failed in the JVM's linker", cause);
    }
}
