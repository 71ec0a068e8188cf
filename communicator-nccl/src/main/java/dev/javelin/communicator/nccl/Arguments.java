package dev.javelin.communicator.nccl;

import dev.javelin.api.DType;

/** What calls are refused for: {@code JVL-COM-0001}. */
final class Arguments {
    private Arguments() {}

    /** The size in bytes, which has an address. */
    static long bytes(String call, long count, long each) {
        if (count < 0 || each != 0 && count > Long.MAX_VALUE / each) {
            throw NcclErrors.wrong(
                    call + ": a size of " + count + ", times " + each, "give a size from 0 up to what memory can hold");
        }
        return count * each;
    }

    static void summable(String call, DType dtype) {
        if (!NcclProvider.SUMS.contains(dtype)) {
            throw NcclErrors.wrong(call + " of " + dtype.label(), "add F64, F32, BF16, F16, I64 or I32");
        }
    }

    static void apart(long source, long target, long bytes) {
        if (bytes > 0 && source < target + bytes && target < source + bytes) {
            throw NcclErrors.wrong(
                    "allToAll: the target begins " + (target - source) + " bytes behind a source of " + bytes,
                    "give a target that lies apart from the source");
        }
    }

    static void member(String call, String role, int member, int size) {
        if (member < 0 || member >= size) {
            throw NcclErrors.wrong(
                    call + ": " + role + " " + member + " of " + size + " ranks",
                    "give a rank from 0 to " + (size - 1));
        }
    }

    static void peer(String call, int peer, int rank, int size) {
        member(call, "peer", peer, size);
        if (peer == rank) {
            throw NcclErrors.wrong(call + ": peer " + peer + " is this rank itself", "copy within the device instead");
        }
    }
}
