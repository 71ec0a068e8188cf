package dev.javelin.communicator.mpi;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Times allReduce: the median over rounds, printed by rank 0. Not a test; to be looked at beside other communicators. */
final class Bench {
    private static final long[] SIZES = {4 << 10, 1 << 20, 16 << 20, 64 << 20};

    private Bench() {}

    static void run(Communicator group, Call call) {
        try (Arena arena = Arena.ofConfined()) {
            for (long bytes : SIZES) {
                MemorySegment buffer = arena.allocate(bytes, 64);
                int rounds = (int) Math.clamp((256L << 20) / bytes, 8, 2000);
                long[] nanos = new long[rounds];
                for (int i = 0; i < rounds; i++) {
                    long began = System.nanoTime();
                    group.allReduce(call, buffer.address(), bytes / 4, DType.FLOAT32);
                    nanos[i] = System.nanoTime() - began;
                }
                Arrays.sort(nanos);
                double seconds = nanos[rounds / 2] * 1e-9;
                double bus = 2.0 * (group.size() - 1) / group.size() * bytes / seconds * 1e-9;
                if (group.rank() == 0) {
                    System.out.printf("%10d bytes %10.1f us %6.2f GB/s bus%n", bytes, seconds * 1e6, bus);
                }
            }
        }
    }
}
