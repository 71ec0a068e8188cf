package dev.javelin.communicator.mpi;

import dev.javelin.api.JavelinException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Open MPI's functions under their own names, by the binary interface that its versions 4 and 5 share: handles are
 * pointers to objects of the library, counts are {@code int}. Every return code is checked: one that is not
 * {@code MPI_SUCCESS} is {@code JVL-COM-0202} with the library's own words. Buffers are addresses.
 */
@SuppressWarnings("restricted")
final class Mpi {
    static final int MPI_THREAD_SERIALIZED = 2;
    static final MemorySegment MPI_IN_PLACE = MemorySegment.ofAddress(1);
    static final int MPI_UNDEFINED = -32766;

    private static final int MPI_MAX_LIBRARY_VERSION_STRING = 256;
    private static final int MPI_MAX_ERROR_STRING = 256;
    private static final AddressLayout P = ValueLayout.ADDRESS;
    private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;

    private final SymbolLookup symbols;
    final MemorySegment commWorld;
    final MemorySegment typeByte;
    final MemorySegment typeInt32;
    final MemorySegment typeInt64;
    final MemorySegment typeFloat;
    final MemorySegment typeDouble;
    final MemorySegment opSum;
    private final MemorySegment errorsReturn;
    private final MethodHandle initThread;
    private final MethodHandle initialized;
    private final MethodHandle finalized;
    private final MethodHandle finalize;
    private final MethodHandle libraryVersion;
    private final MethodHandle errorString;
    private final MethodHandle commRank;
    private final MethodHandle commSize;
    private final MethodHandle commDup;
    private final MethodHandle commSplit;
    private final MethodHandle commFree;
    private final MethodHandle commSetErrhandler;
    private final MethodHandle iallreduce;
    private final MethodHandle iallgather;
    private final MethodHandle ireduceScatterBlock;
    private final MethodHandle ialltoall;
    private final MethodHandle ibcast;
    private final MethodHandle isend;
    private final MethodHandle irecv;
    private final MethodHandle ibarrier;
    private final MethodHandle test;

    /** @throws IllegalArgumentException if these are not Open MPI's symbols, with the name that is missing */
    Mpi(SymbolLookup symbols) {
        this.symbols = symbols;
        commWorld = symbol("ompi_mpi_comm_world");
        typeByte = symbol("ompi_mpi_byte");
        typeInt32 = symbol("ompi_mpi_int32_t");
        typeInt64 = symbol("ompi_mpi_int64_t");
        typeFloat = symbol("ompi_mpi_float");
        typeDouble = symbol("ompi_mpi_double");
        opSum = symbol("ompi_mpi_op_sum");
        errorsReturn = symbol("ompi_mpi_errors_return");
        initThread = function("MPI_Init_thread", P, P, I, P);
        initialized = function("MPI_Initialized", P);
        finalized = function("MPI_Finalized", P);
        finalize = function("MPI_Finalize");
        libraryVersion = function("MPI_Get_library_version", P, P);
        errorString = function("MPI_Error_string", I, P, P);
        commRank = function("MPI_Comm_rank", P, P);
        commSize = function("MPI_Comm_size", P, P);
        commDup = function("MPI_Comm_dup", P, P);
        commSplit = function("MPI_Comm_split", P, I, I, P);
        commFree = function("MPI_Comm_free", P);
        commSetErrhandler = function("MPI_Comm_set_errhandler", P, P);
        iallreduce = function("MPI_Iallreduce", P, P, I, P, P, P, P);
        iallgather = function("MPI_Iallgather", P, I, P, P, I, P, P, P);
        ireduceScatterBlock = function("MPI_Ireduce_scatter_block", P, P, I, P, P, P, P);
        ialltoall = function("MPI_Ialltoall", P, I, P, P, I, P, P, P);
        ibcast = function("MPI_Ibcast", P, I, P, I, P, P);
        isend = function("MPI_Isend", P, I, P, I, I, P, P);
        irecv = function("MPI_Irecv", P, I, P, I, I, P, P);
        ibarrier = function("MPI_Ibarrier", P, P);
        test = function("MPI_Test", P, P, P);
    }

    private MemorySegment symbol(String name) {
        return symbols.find(name).orElseThrow(() -> new IllegalArgumentException("it has no " + name));
    }

    private MethodHandle function(String name, MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(symbol(name), FunctionDescriptor.of(I, parameters));
    }

    /** One call of a function; its return code. */
    private interface Invocation {
        int code() throws Throwable;
    }

    private void check(String function, Invocation invocation) {
        int code = code(function, invocation);
        if (code != 0) {
            throw new JavelinException(
                    MpiErrors.CALL_FAILED,
                    function + " returned " + code + ": " + errorString(code),
                    "look at what mpirun and the other ranks say");
        }
    }

    private static int code(String function, Invocation invocation) {
        try {
            return invocation.code();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(function, e); // a downcall declares what it never throws
        }
    }

    private String errorString(int error) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(MPI_MAX_ERROR_STRING + 1);
            MemorySegment length = arena.allocate(I);
            int code = code("MPI_Error_string", () -> (int) errorString.invokeExact(error, text, length));
            return code == 0 ? text.getString(0) : "unknown error";
        }
    }

    private int flag(String function, MethodHandle handle) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment flag = arena.allocate(I);
            check(function, () -> (int) handle.invokeExact(flag));
            return flag.get(I, 0);
        }
    }

    /** Starts MPI; returns the thread level it provides. */
    int MPI_Init_thread(int required) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment provided = arena.allocate(I);
            check("MPI_Init_thread", () ->
                    (int) initThread.invokeExact(MemorySegment.NULL, MemorySegment.NULL, required, provided));
            return provided.get(I, 0);
        }
    }

    boolean MPI_Initialized() {
        return flag("MPI_Initialized", initialized) != 0;
    }

    boolean MPI_Finalized() {
        return flag("MPI_Finalized", finalized) != 0;
    }

    void MPI_Finalize() {
        check("MPI_Finalize", () -> (int) finalize.invokeExact());
    }

    /** For example {@code Open MPI v4.1.4, ...}; may be asked before MPI is started. */
    String MPI_Get_library_version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(MPI_MAX_LIBRARY_VERSION_STRING + 1);
            MemorySegment length = arena.allocate(I);
            check("MPI_Get_library_version", () -> (int) libraryVersion.invokeExact(text, length));
            return text.getString(0);
        }
    }

    int MPI_Comm_rank(MemorySegment comm) {
        return number("MPI_Comm_rank", commRank, comm);
    }

    int MPI_Comm_size(MemorySegment comm) {
        return number("MPI_Comm_size", commSize, comm);
    }

    private int number(String function, MethodHandle handle, MemorySegment comm) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(I);
            check(function, () -> (int) handle.invokeExact(comm, number));
            return number.get(I, 0);
        }
    }

    MemorySegment MPI_Comm_dup(MemorySegment comm) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(P);
            check("MPI_Comm_dup", () -> (int) commDup.invokeExact(comm, copy));
            return copy.get(P, 0);
        }
    }

    MemorySegment MPI_Comm_split(MemorySegment comm, int color, int key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment part = arena.allocate(P);
            check("MPI_Comm_split", () -> (int) commSplit.invokeExact(comm, color, key, part));
            return part.get(P, 0);
        }
    }

    void MPI_Comm_free(MemorySegment comm) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocateFrom(P, comm);
            check("MPI_Comm_free", () -> (int) commFree.invokeExact(handle));
        }
    }

    /** Lets errors of a communicator be returned instead of ending the process. */
    void MPI_Comm_set_errhandler_return(MemorySegment comm) {
        check("MPI_Comm_set_errhandler", () -> (int) commSetErrhandler.invokeExact(comm, errorsReturn));
    }

    void MPI_Iallreduce(
            MemorySegment send,
            MemorySegment receive,
            int count,
            MemorySegment type,
            MemorySegment comm,
            MemorySegment request) {
        check("MPI_Iallreduce", () -> (int) iallreduce.invokeExact(send, receive, count, type, opSum, comm, request));
    }

    void MPI_Ireduce_scatter_block(
            MemorySegment send,
            MemorySegment receive,
            int count,
            MemorySegment type,
            MemorySegment comm,
            MemorySegment request) {
        check("MPI_Ireduce_scatter_block", () ->
                (int) ireduceScatterBlock.invokeExact(send, receive, count, type, opSum, comm, request));
    }

    void MPI_Iallgather(
            MemorySegment send,
            MemorySegment receive,
            int count,
            MemorySegment type,
            MemorySegment comm,
            MemorySegment request) {
        check("MPI_Iallgather", () ->
                (int) iallgather.invokeExact(send, count, type, receive, count, type, comm, request));
    }

    void MPI_Ialltoall(
            MemorySegment send,
            MemorySegment receive,
            int count,
            MemorySegment type,
            MemorySegment comm,
            MemorySegment request) {
        check("MPI_Ialltoall", () ->
                (int) ialltoall.invokeExact(send, count, type, receive, count, type, comm, request));
    }

    void MPI_Ibcast(
            MemorySegment buffer, int count, MemorySegment type, int root, MemorySegment comm, MemorySegment request) {
        check("MPI_Ibcast", () -> (int) ibcast.invokeExact(buffer, count, type, root, comm, request));
    }

    void MPI_Isend(
            MemorySegment buffer,
            int count,
            MemorySegment type,
            int target,
            int tag,
            MemorySegment comm,
            MemorySegment request) {
        check("MPI_Isend", () -> (int) isend.invokeExact(buffer, count, type, target, tag, comm, request));
    }

    void MPI_Irecv(
            MemorySegment buffer,
            int count,
            MemorySegment type,
            int source,
            int tag,
            MemorySegment comm,
            MemorySegment request) {
        check("MPI_Irecv", () -> (int) irecv.invokeExact(buffer, count, type, source, tag, comm, request));
    }

    void MPI_Ibarrier(MemorySegment comm, MemorySegment request) {
        check("MPI_Ibarrier", () -> (int) ibarrier.invokeExact(comm, request));
    }

    /** Whether a request is done; lets MPI get on. Flag is memory for one int. */
    boolean MPI_Test(MemorySegment request, MemorySegment flag) {
        check("MPI_Test", () -> (int) test.invokeExact(request, flag, MemorySegment.NULL));
        return flag.get(I, 0) != 0;
    }
}
