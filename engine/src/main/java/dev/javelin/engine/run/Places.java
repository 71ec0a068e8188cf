package dev.javelin.engine.run;

import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.HostMemory;
import java.lang.foreign.MemorySegment;

/** Two places of pinned memory that are used in turn: the host writes one while the other is on its way. */
final class Places implements AutoCloseable {
    private static final int COUNT = 2;

    private final HostMemory[] memory = new HostMemory[COUNT];
    private final DeviceEvent[] passed = new DeviceEvent[COUNT];
    private int turn;

    Places(Accelerator accelerator, long bytes) {
        for (int i = 0; i < COUNT; i++) {
            memory[i] = accelerator.hostMemory(bytes, "staging");
            passed[i] = accelerator.event();
        }
    }

    /** The place whose turn it is, once its last copy is done. */
    MemorySegment next() {
        turn = (turn + 1) % COUNT;
        passed[turn].synchronize();
        return memory[turn].segment();
    }

    /** The place that {@link #next} gave last. */
    MemorySegment current() {
        return memory[turn].segment();
    }

    /** To be recorded behind the copy from {@link #current}. */
    DeviceEvent event() {
        return passed[turn];
    }

    /** Gives its memory back; no copy may be under way. */
    @Override
    public void close() {
        for (int i = 0; i < COUNT; i++) {
            passed[i].close();
            memory[i].close();
        }
    }
}
