package dev.javelin.communicator.local;

import dev.javelin.communicator.host.HostMemory;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** Words of shared memory by address, ordered between ranks. */
final class Words {
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private Words() {}

    /** Sees at least what was written before the value that it reads was published. */
    static long read(long address) {
        return (long) LONG.getAcquire(HostMemory.ALL, address);
    }

    /** Shows the value and all that was written before. */
    static void publish(long address, long value) {
        LONG.setRelease(HostMemory.ALL, address, value);
    }

    /** A plain write, shown by the next {@link #publish}. */
    static void write(long address, long value) {
        LONG.set(HostMemory.ALL, address, value);
    }

    static int readInt(long address) {
        return (int) INT.getVolatile(HostMemory.ALL, address);
    }

    static void writeInt(long address, int value) {
        INT.setVolatile(HostMemory.ALL, address, value);
    }
}
