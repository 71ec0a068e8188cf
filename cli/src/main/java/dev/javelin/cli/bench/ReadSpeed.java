package dev.javelin.cli.bench;

import java.util.Arrays;
import java.util.stream.IntStream;

/** How fast threads read memory that no cache holds: the limit of what reads each weight once. */
final class ReadSpeed {
    private static final int LONGS = 1 << 25; // 256 MiB, of all threads
    private static final int LEAST = 1 << 20;
    private static final int ROUNDS = 4;

    private final int longs;
    private final long[][] memory;

    ReadSpeed(int threads) {
        longs = Math.max(LEAST, LONGS / threads);
        memory = new long[threads][];
        Arrays.setAll(memory, i -> IntStream.range(0, longs).asLongStream().toArray());
    }

    /** Bytes a second, of all threads together. */
    double bytesPerSecond() {
        long[] sums = new long[memory.length];
        long start = System.nanoTime();
        Thread[] threads = new Thread[memory.length];
        for (int i = 0; i < threads.length; i++) {
            int own = i;
            threads[i] = Thread.ofPlatform().start(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    sums[own] += sum(memory[own]);
                }
            });
        }
        for (Thread thread : threads) {
            join(thread);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        long expected = (long) longs * (longs - 1) / 2 * ROUNDS;
        if (Arrays.stream(sums).anyMatch(sum -> sum != expected)) {
            throw new IllegalStateException("read something else than was written");
        }
        return 8.0 * longs * ROUNDS * threads.length / seconds;
    }

    private static long sum(long[] values) {
        long sum = 0;
        for (long value : values) {
            sum += value;
        }
        return sum;
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
