package dev.javelin.communicator.local;

import java.lang.invoke.VarHandle;

/** Ranks that are processes: a futex in each one's region. */
final class FutexBell implements Bell {
    private final Libc libc;
    private final Region[] regions;
    private final int rank;

    FutexBell(Libc libc, Region[] regions, int rank) {
        this.libc = libc;
        this.regions = regions;
        this.rank = rank;
    }

    @Override
    public void sleep(long word, long value) {
        long bell = regions[rank].bell();
        Words.writeInt(bell, 1);
        VarHandle.fullFence();
        if (Words.read(word) < value) {
            libc.futexWait(bell, 1, SLICE_NANOS);
        }
        Words.writeInt(bell, 0);
    }

    @Override
    public void ring(int peer) {
        long bell = regions[peer].bell();
        if (Words.readInt(bell) != 0) {
            Words.writeInt(bell, 0);
            libc.futexWake(bell);
        }
    }
}
