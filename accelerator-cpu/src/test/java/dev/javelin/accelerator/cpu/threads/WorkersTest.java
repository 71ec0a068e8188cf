package dev.javelin.accelerator.cpu.threads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void runEveryTileOnceAndNumberWorkersBelowTheThreads(int threads) {
        try (Workers workers = new Workers(threads)) {
            for (int tiles : new int[] {0, 1, 2, 7, 1000}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(tiles);
                workers.run(tiles, (tile, worker) -> {
                    assertTrue(worker >= 0 && worker < threads);
                    runs.incrementAndGet(tile);
                });
                for (int tile = 0; tile < tiles; tile++) {
                    assertEquals(1, runs.get(tile), "runs of tile " + tile + " of " + tiles);
                }
            }
        }
    }

    @Test
    void shareTilesAmongThreads() {
        try (Workers workers = new Workers(3)) {
            CountDownLatch together = new CountDownLatch(3);
            workers.run(3, (tile, worker) -> {
                together.countDown();
                while (together.getCount() > 0) {
                    Thread.onSpinWait();
                }
            });
            assertEquals(0, together.getCount());
        }
    }

    @Test
    void showTheCallerWhatTilesWroteThousandsOfTimes() {
        try (Workers workers = new Workers(4)) {
            long[] cells = new long[64];
            for (int round = 1; round <= 20_000; round++) {
                workers.run(cells.length, (tile, worker) -> cells[tile]++);
                for (long cell : cells) {
                    assertEquals(round, cell);
                }
            }
        }
    }

    @Test
    void wakeAgainAfterParking() {
        try (Workers workers = new Workers(2)) {
            AtomicInteger runs = new AtomicInteger();
            for (int round = 0; round < 20; round++) {
                LockSupport.parkNanos(2_000_000);
                workers.run(2, (tile, worker) -> runs.incrementAndGet());
            }
            assertEquals(40, runs.get());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void throwWhatATileThrewAndWorkOn(int threads) {
        try (Workers workers = new Workers(threads)) {
            IllegalStateException boom = new IllegalStateException("boom");
            for (int round = 0; round < 100; round++) {
                assertSame(
                        boom,
                        assertThrows(
                                IllegalStateException.class,
                                () -> workers.run(50, (tile, worker) -> {
                                    if (tile == 17) {
                                        throw boom;
                                    }
                                })));
            }
            AtomicInteger runs = new AtomicInteger();
            workers.run(50, (tile, worker) -> runs.incrementAndGet());
            assertEquals(50, runs.get());
        }
    }

    @Test
    void refuseAKernelInsideAKernel() {
        try (Workers workers = new Workers(2)) {
            assertThrows(
                    IllegalStateException.class,
                    () -> workers.run(4, (tile, worker) -> workers.run(2, (inner, other) -> {})));
        }
    }

    @Test
    void workBesideAnotherPool() {
        try (Workers one = new Workers(2);
                Workers other = new Workers(3)) {
            AtomicInteger runs = new AtomicInteger();
            one.run(10, (tile, worker) -> runs.incrementAndGet());
            other.run(10, (tile, worker) -> runs.incrementAndGet());
            assertEquals(20, runs.get());
        }
    }

    @Test
    void endTheirThreadsWhenClosed() {
        Workers workers = new Workers(3);
        workers.run(3, (tile, worker) -> {});
        workers.close();
        assertThrows(IllegalStateException.class, () -> workers.run(1, (tile, worker) -> {}));
        assertThrows(IllegalArgumentException.class, () -> new Workers(0));
    }
}
