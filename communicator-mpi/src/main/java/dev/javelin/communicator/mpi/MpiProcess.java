package dev.javelin.communicator.mpi;

import dev.javelin.api.JavelinException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * MPI in this process, of which there is one by its nature: it starts once and ends once. It is ended when the JVM ends,
 * so that worlds may follow one another, and not at all after a failure: that would wait for ranks that do not come, and
 * mpirun ends the others when it sees this process go without it.
 */
final class MpiProcess {
    private static final long FINALIZE_SECONDS = 10;

    /** The library's own state is static; this is what has to go with it. */
    private static final MpiProcess THE_ONE = new MpiProcess();

    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean failed = new AtomicBoolean();

    private MpiProcess() {}

    static MpiProcess get() {
        return THE_ONE;
    }

    /** Held during every call of MPI: it is started for one thread at a time. */
    ReentrantLock lock() {
        return lock;
    }

    /** From now on MPI is left as it is. */
    void fail() {
        failed.set(true);
    }

    /** Starts MPI unless it runs already. */
    void start(Mpi mpi) {
        lock.lock();
        try {
            if (mpi.MPI_Finalized()) {
                throw new JavelinException(
                        MpiErrors.CALL_FAILED, "MPI has ended in this process", "start a process for each run");
            }
            if (!mpi.MPI_Initialized()) {
                int level = mpi.MPI_Init_thread(Mpi.MPI_THREAD_SERIALIZED);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> end(mpi), "javelin-mpi-end"));
                if (level < Mpi.MPI_THREAD_SERIALIZED) {
                    throw new JavelinException(
                            MpiErrors.CALL_FAILED,
                            "MPI provides thread level " + level + ", expected " + Mpi.MPI_THREAD_SERIALIZED
                                    + " (MPI_THREAD_SERIALIZED)",
                            "install an Open MPI that is built with threads");
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends MPI at the JVM's end; a rank that does not come holds it up for a while only. */
    private void end(Mpi mpi) {
        if (failed.get()) {
            return;
        }
        Thread ending = Thread.ofPlatform().daemon().start(mpi::MPI_Finalize);
        try {
            ending.join(TimeUnit.SECONDS.toMillis(FINALIZE_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
