package dev.javelin.communicator.local;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Ranks that are threads of one JVM. */
final class ParkBell implements Bell {
    private final AtomicReferenceArray<@Nullable Thread> sleepers;
    private final int rank;

    /** @param sleepers shared by all ranks: who sleeps */
    ParkBell(AtomicReferenceArray<@Nullable Thread> sleepers, int rank) {
        this.sleepers = sleepers;
        this.rank = rank;
    }

    @Override
    public void sleep(long word, long value) {
        sleepers.set(rank, Thread.currentThread());
        VarHandle.fullFence();
        if (Words.read(word) < value) {
            LockSupport.parkNanos(this, SLICE_NANOS);
        }
        sleepers.set(rank, null);
    }

    @Override
    public void ring(int peer) {
        Thread sleeper = sleepers.get(peer);
        if (sleeper != null) {
            LockSupport.unpark(sleeper);
        }
    }
}
