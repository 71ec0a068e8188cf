package dev.javelin.accelerator.cuda.blas;

import dev.javelin.api.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** 0 and 1 in memory of the host, in the types of alpha and beta. */
final class Scales implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment zero = arena.allocateFrom(ValueLayout.JAVA_DOUBLE, 0); // 0 in FLOAT32 too
    private final MemorySegment one32 = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1);
    private final MemorySegment one64 = arena.allocateFrom(ValueLayout.JAVA_DOUBLE, 1);

    MemorySegment one(DType operands) {
        return operands == DType.FLOAT64 ? one64 : one32;
    }

    /** 1 if something is added, else 0. */
    MemorySegment beta(Gemm gemm) {
        return gemm.addend() == Gemm.Addend.NONE ? zero : one(gemm.operands());
    }

    @Override
    public void close() {
        arena.close();
    }
}
