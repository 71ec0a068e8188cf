package dev.javelin.communicator.nccl;

import dev.javelin.api.DType;
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
 * NCCL's functions under their own names, by the binary interface that its versions from 2.18 share. Every code is checked:
 * one that is neither {@code ncclSuccess} nor {@code ncclInProgress} is {@code JVL-COM-0302} with the library's own words.
 * Communicators do not block: a call that is in progress is asked for by {@link #ncclCommGetAsyncError}. Buffers and
 * streams are addresses.
 *
 * <p>Source: nccl.h of NCCL 2.18 to 2.30.
 */
@SuppressWarnings("restricted")
final class Nccl {
    static final int ncclSuccess = 0;
    static final int ncclInvalidUsage = 5;
    static final int ncclInProgress = 7;
    static final int NCCL_UNIQUE_ID_BYTES = 128;
    /** The first version with all that is used here. */
    static final int OLDEST = 21800;

    private static final int ncclSum = 0;
    private static final int ncclUint8 = 1;
    private static final int NCCL_API_MAGIC = 0xcafebeef;
    private static final int NCCL_CONFIG_UNDEF_INT = Integer.MIN_VALUE;

    private static final AddressLayout P = ValueLayout.ADDRESS;
    private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong L = ValueLayout.JAVA_LONG;
    private static final MemoryLayout UNIQUE_ID =
            MemoryLayout.structLayout(MemoryLayout.sequenceLayout(NCCL_UNIQUE_ID_BYTES, ValueLayout.JAVA_BYTE)
                    .withName("internal"));
    /** ncclConfig_t as of 2.18, which later versions take by its size and version. */
    static final MemoryLayout CONFIG = MemoryLayout.structLayout(
            L.withName("size"),
            I.withName("magic"),
            I.withName("version"),
            I.withName("blocking"),
            I.withName("cgaClusterSize"),
            I.withName("minCTAs"),
            I.withName("maxCTAs"),
            P.withName("netName"),
            I.withName("splitShare"),
            MemoryLayout.paddingLayout(4));

    private final SymbolLookup symbols;
    private final MethodHandle getVersion;
    private final MethodHandle getUniqueId;
    private final MethodHandle commInitRankConfig;
    private final MethodHandle commGetAsyncError;
    private final MethodHandle commFinalize;
    private final MethodHandle commDestroy;
    private final MethodHandle commAbort;
    private final MethodHandle getErrorString;
    private final MethodHandle getLastError;
    private final MethodHandle groupStart;
    private final MethodHandle groupEnd;
    private final MethodHandle allReduce;
    private final MethodHandle reduceScatter;
    private final MethodHandle allGather;
    private final MethodHandle broadcast;
    private final MethodHandle send;
    private final MethodHandle recv;

    /** @throws IllegalArgumentException if these are not NCCL's symbols, with the name that is missing */
    Nccl(SymbolLookup symbols) {
        this.symbols = symbols;
        getVersion = function("ncclGetVersion", P);
        getUniqueId = function("ncclGetUniqueId", P);
        commInitRankConfig = function("ncclCommInitRankConfig", P, I, UNIQUE_ID, I, P);
        commGetAsyncError = function("ncclCommGetAsyncError", P, P);
        commFinalize = function("ncclCommFinalize", P);
        commDestroy = function("ncclCommDestroy", P);
        commAbort = function("ncclCommAbort", P);
        getErrorString =
                Linker.nativeLinker().downcallHandle(symbol("ncclGetErrorString"), FunctionDescriptor.of(P, I));
        getLastError = Linker.nativeLinker().downcallHandle(symbol("ncclGetLastError"), FunctionDescriptor.of(P, P));
        groupStart = function("ncclGroupStart");
        groupEnd = function("ncclGroupEnd");
        allReduce = function("ncclAllReduce", P, P, L, I, I, P, P);
        reduceScatter = function("ncclReduceScatter", P, P, L, I, I, P, P);
        allGather = function("ncclAllGather", P, P, L, I, P, P);
        broadcast = function("ncclBroadcast", P, P, L, I, I, P, P);
        send = function("ncclSend", P, L, I, I, P, P);
        recv = function("ncclRecv", P, L, I, I, P, P);
    }

    private MemorySegment symbol(String name) {
        return symbols.find(name).orElseThrow(() -> new IllegalArgumentException("it has no " + name));
    }

    private MethodHandle function(String name, MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(symbol(name), FunctionDescriptor.of(I, parameters));
    }

    /** One call of a function; its code. */
    private interface Invocation {
        Object code() throws Throwable;
    }

    private static Object invoke(String function, Invocation invocation) {
        try {
            return invocation.code();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(function, e);
        }
    }

    /** @return whether it is done; else it is in progress */
    private boolean check(String function, Invocation invocation) {
        int code = (int) invoke(function, invocation);
        if (code != ncclSuccess && code != ncclInProgress) {
            throw NcclErrors.of(function, code, ncclGetErrorString(code) + "; " + ncclGetLastError());
        }
        return code == ncclSuccess;
    }

    private static MemorySegment at(long address) {
        return MemorySegment.ofAddress(address);
    }

    /** For example 22304 for 2.23.4. */
    int ncclGetVersion() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment version = arena.allocate(I);
            check("ncclGetVersion", () -> (int) getVersion.invokeExact(version));
            return version.get(I, 0);
        }
    }

    byte[] ncclGetUniqueId() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment id = arena.allocate(UNIQUE_ID);
            check("ncclGetUniqueId", () -> (int) getUniqueId.invokeExact(id));
            return id.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Begins to make a communicator that does not block, for the device that is current in this thread. */
    long ncclCommInitRankConfig(int ranks, byte[] uniqueId, int rank) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment comm = arena.allocate(P);
            MemorySegment id = arena.allocate(UNIQUE_ID);
            MemorySegment.copy(uniqueId, 0, id, ValueLayout.JAVA_BYTE, 0, NCCL_UNIQUE_ID_BYTES);
            MemorySegment config = arena.allocate(CONFIG);
            set(config, "magic", NCCL_API_MAGIC);
            set(config, "version", OLDEST);
            set(config, "blocking", 0);
            for (String unset : new String[] {"cgaClusterSize", "minCTAs", "maxCTAs", "splitShare"}) {
                set(config, unset, NCCL_CONFIG_UNDEF_INT);
            }
            config.set(L, 0, CONFIG.byteSize());
            check("ncclCommInitRankConfig", () -> (int) commInitRankConfig.invokeExact(comm, ranks, id, rank, config));
            return comm.get(P, 0).address();
        }
    }

    private static void set(MemorySegment config, String field, int value) {
        config.set(I, CONFIG.byteOffset(MemoryLayout.PathElement.groupElement(field)), value);
    }

    /** The state of a communicator: success, in progress, or what went wrong. */
    int ncclCommGetAsyncError(long comm) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(I);
            check("ncclCommGetAsyncError", () -> (int) commGetAsyncError.invokeExact(at(comm), state));
            return state.get(I, 0);
        }
    }

    boolean ncclCommFinalize(long comm) {
        return check("ncclCommFinalize", () -> (int) commFinalize.invokeExact(at(comm)));
    }

    void ncclCommDestroy(long comm) {
        check("ncclCommDestroy", () -> (int) commDestroy.invokeExact(at(comm)));
    }

    void ncclCommAbort(long comm) {
        check("ncclCommAbort", () -> (int) commAbort.invokeExact(at(comm)));
    }

    String ncclGetErrorString(int code) {
        MemorySegment text =
                (MemorySegment) invoke("ncclGetErrorString", () -> (MemorySegment) getErrorString.invokeExact(code));
        return text(text);
    }

    /** What the library said last, in any thread. */
    String ncclGetLastError() {
        MemorySegment text = (MemorySegment)
                invoke("ncclGetLastError", () -> (MemorySegment) getLastError.invokeExact(MemorySegment.NULL));
        return text(text);
    }

    private static String text(MemorySegment text) {
        return text.address() == 0 ? "" : text.reinterpret(1 << 16).getString(0).strip();
    }

    /** Calls between {@code ncclGroupStart} and {@code ncclGroupEnd}, which ends the group whatever they throw. */
    boolean grouped(Runnable calls) {
        check("ncclGroupStart", () -> (int) groupStart.invokeExact());
        boolean whole = false;
        try {
            calls.run();
            whole = true;
        } finally {
            if (!whole) {
                invoke("ncclGroupEnd", () -> (int) groupEnd.invokeExact());
            }
        }
        return check("ncclGroupEnd", () -> (int) groupEnd.invokeExact());
    }

    boolean ncclAllReduce(long from, long to, long count, DType dtype, long comm, long stream) {
        return check("ncclAllReduce", () ->
                (int) allReduce.invokeExact(at(from), at(to), count, type(dtype), ncclSum, at(comm), at(stream)));
    }

    boolean ncclReduceScatter(long from, long to, long count, DType dtype, long comm, long stream) {
        return check("ncclReduceScatter", () ->
                (int) reduceScatter.invokeExact(at(from), at(to), count, type(dtype), ncclSum, at(comm), at(stream)));
    }

    boolean ncclAllGather(long from, long to, long bytes, long comm, long stream) {
        return check("ncclAllGather", () ->
                (int) allGather.invokeExact(at(from), at(to), bytes, ncclUint8, at(comm), at(stream)));
    }

    boolean ncclBroadcast(long from, long to, long bytes, int root, long comm, long stream) {
        return check("ncclBroadcast", () ->
                (int) broadcast.invokeExact(at(from), at(to), bytes, ncclUint8, root, at(comm), at(stream)));
    }

    boolean ncclSend(long from, long bytes, int peer, long comm, long stream) {
        return check("ncclSend", () -> (int) send.invokeExact(at(from), bytes, ncclUint8, peer, at(comm), at(stream)));
    }

    boolean ncclRecv(long to, long bytes, int peer, long comm, long stream) {
        return check("ncclRecv", () -> (int) recv.invokeExact(at(to), bytes, ncclUint8, peer, at(comm), at(stream)));
    }

    /** ncclDataType_t. */
    private static int type(DType dtype) {
        return switch (dtype) {
            case UINT8, BOOL -> ncclUint8;
            case INT32 -> 2;
            case INT64 -> 4;
            case FLOAT16 -> 6;
            case FLOAT32 -> 7;
            case FLOAT64 -> 8;
            case BFLOAT16 -> 9;
        };
    }
}
