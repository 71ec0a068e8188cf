package dev.javelin.communicator.local;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The functions of the C library that share memory between processes, under their own names, with Linux's constants. */
@SuppressWarnings("restricted")
final class Libc {
    static final int O_RDWR = 2;
    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;
    static final int O_CLOEXEC = 0x80000;
    static final int MFD_CLOEXEC = 1;
    static final int MADV_HUGEPAGE = 14;
    static final int MADV_POPULATE_WRITE = 23;

    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_SHARED = 1;
    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAKE = 1;

    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfLong L = ValueLayout.JAVA_LONG; // pointers travel as the raw addresses they are
    private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;

    private final MethodHandle memfdCreate = bind("memfd_create", FunctionDescriptor.of(I, L, I));
    private final MethodHandle open = bind("open", FunctionDescriptor.of(I, L, I, I));
    private final MethodHandle ftruncate = bind("ftruncate", FunctionDescriptor.of(I, I, L));
    private final MethodHandle close = bind("close", FunctionDescriptor.of(I, I));
    private final MethodHandle unlink = bind("unlink", FunctionDescriptor.of(I, L));
    private final MethodHandle mmap = bind("mmap", FunctionDescriptor.of(L, L, L, I, I, I, L));
    private final MethodHandle munmap = bind("munmap", FunctionDescriptor.of(I, L, L));
    private final MethodHandle madvise = bind("madvise", FunctionDescriptor.of(I, L, L, I));
    private final MethodHandle futex =
            bind("syscall", FunctionDescriptor.of(L, L, L, I, I, L, L, I), Linker.Option.firstVariadicArg(1));
    private final long futexNumber = System.getProperty("os.arch").equals("aarch64") ? 98 : 202;

    /** A call that failed, with the system's error number. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String call, int errno) {
            super(errno == 0 ? call : call + ": errno " + errno);
        }
    }

    /** True where these functions and constants are Linux's. */
    static boolean present() {
        String arch = System.getProperty("os.arch");
        return System.getProperty("os.name").equals("Linux") && (arch.equals("amd64") || arch.equals("aarch64"));
    }

    private static MethodHandle bind(String name, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, all);
    }

    /** int memfd_create(const char* name, unsigned flags) */
    int memfdCreate(String name) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long text = arena.allocateFrom(name).address();
            return checked("memfd_create", (int) memfdCreate.invokeExact(state, text, MFD_CLOEXEC), state);
        } catch (Throwable e) {
            throw failed("memfd_create", e);
        }
    }

    /** int open(const char* path, int flags, mode_t mode) */
    int open(String path, int flags) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long text = arena.allocateFrom(path).address();
            return checked("open of " + path, (int) open.invokeExact(state, text, flags | O_CLOEXEC, 0600), state);
        } catch (Throwable e) {
            throw failed("open", e);
        }
    }

    /** int ftruncate(int file, off_t bytes) */
    void ftruncate(int file, long bytes) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            checked("ftruncate to " + bytes + " bytes", (int) ftruncate.invokeExact(state, file, bytes), state);
        } catch (Throwable e) {
            throw failed("ftruncate", e);
        }
    }

    /** int close(int file) */
    void close(int file) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            checked("close", (int) close.invokeExact(state, file), state);
        } catch (Throwable e) {
            throw failed("close", e);
        }
    }

    /** int unlink(const char* path) */
    void unlink(String path) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long text = arena.allocateFrom(path).address();
            checked("unlink of " + path, (int) unlink.invokeExact(state, text), state);
        } catch (Throwable e) {
            throw failed("unlink", e);
        }
    }

    /** void* mmap(NULL, size_t length, PROT_READ | PROT_WRITE, MAP_SHARED, int file, 0) */
    long mmap(int file, long length) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long address = (long) mmap.invokeExact(state, 0L, length, PROT_READ_WRITE, MAP_SHARED, file, 0L);
            checked("mmap of " + length + " bytes", address == -1 ? -1 : 0, state);
            return address;
        } catch (Throwable e) {
            throw failed("mmap", e);
        }
    }

    /** int munmap(void* address, size_t length) */
    void munmap(long address, long length) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            checked("munmap", (int) munmap.invokeExact(state, address, length), state);
        } catch (Throwable e) {
            throw failed("munmap", e);
        }
    }

    /** int madvise(void* address, size_t length, int advice): the error number, 0 if none */
    int madvise(long address, long length, int advice) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int result = (int) madvise.invokeExact(state, address, length, advice);
            return result == 0 ? 0 : (int) ERRNO.get(state, 0L);
        } catch (Throwable e) {
            throw new IllegalStateException("madvise failed in the JVM's linker", e);
        }
    }

    /** Sleeps until woken, for so long at most, or not at all unless the word has the value. */
    void futexWait(long word, int value, long nanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment time = arena.allocate(16, 8);
            time.set(L, 0, nanos / 1_000_000_000);
            time.set(L, 8, nanos % 1_000_000_000);
            long result = (long) futex.invokeExact(state, futexNumber, word, FUTEX_WAIT, value, time.address(), 0L, 0);
            if (result < 0 && (int) ERRNO.get(state, 0L) == 38) {
                throw new IllegalStateException("this system has no futex");
            }
        } catch (Throwable e) {
            throw unexpected("futex", e);
        }
    }

    void futexWake(long word) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long woken = (long) futex.invokeExact(state, futexNumber, word, FUTEX_WAKE, 1, 0L, 0L, 0);
            if (woken < 0) {
                throw new IllegalStateException("futex wake: errno " + (int) ERRNO.get(state, 0L));
            }
        } catch (Throwable e) {
            throw unexpected("futex", e);
        }
    }

    private static int checked(String call, int result, MemorySegment state) throws Failure {
        if (result < 0) {
            throw new Failure(call, (int) ERRNO.get(state, 0L));
        }
        return result;
    }

    private static Failure failed(String function, Throwable cause) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        throw unexpected(function, cause);
    }

    private static RuntimeException unexpected(String function, Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof RuntimeException unchecked) {
            return unchecked;
        }
        return new IllegalStateException(function + " failed in the JVM's linker", cause);
    }
}
