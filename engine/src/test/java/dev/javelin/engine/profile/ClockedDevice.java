package dev.javelin.engine.profile;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.engine.Fixtures;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceClock;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The CPU with a clock, which has another zero than the host's, as a device beside the host would have. It counts events
 * that are not given back, and tasks of the host.
 */
final class ClockedDevice implements Accelerator {
    private static final long OTHER_ZERO = 7_000_000_000_000L;

    private final Accelerator cpu = Fixtures.device();
    private final Map<QueueRole, Queue> queues = new EnumMap<>(QueueRole.class);
    private final DeviceClock clock = new Clock();
    private int openEvents;
    private int madeEvents;
    private int tasks;

    ClockedDevice() {
        for (QueueRole role : QueueRole.values()) {
            queues.put(role, new Queue(cpu.queue(role)));
        }
    }

    /** Events of the clock that were made and not closed. */
    int openEvents() {
        return openEvents;
    }

    /** Events of the clock that were ever made. */
    int madeEvents() {
        return madeEvents;
    }

    /** Tasks that the host was given by queues. */
    int tasks() {
        return tasks;
    }

    private final class Timed implements DeviceEvent {
        private long nanos;
        private boolean recorded;

        @Override
        public void synchronize() {}

        @Override
        public void close() {
            openEvents--;
        }
    }

    private final class Clock implements DeviceClock {
        @Override
        public DeviceEvent event() {
            openEvents++;
            madeEvents++;
            return new Timed();
        }

        @Override
        public long nanosBetween(DeviceEvent from, DeviceEvent to) {
            if (!((Timed) from).recorded || !((Timed) to).recorded) {
                throw new IllegalStateException("never recorded");
            }
            return ((Timed) to).nanos - ((Timed) from).nanos;
        }

        @Override
        public long resolutionNanos() {
            return 1;
        }
    }

    /** A queue of the CPU, whose work is done by the caller. */
    private final class Queue implements DeviceQueue {
        private final DeviceQueue own;

        Queue(DeviceQueue own) {
            this.own = own;
        }

        @Override
        public Accelerator device() {
            return ClockedDevice.this;
        }

        @Override
        public DeviceEvent record() {
            return own.record();
        }

        @Override
        public void record(DeviceEvent event) {
            if (event instanceof Timed timed) {
                timed.nanos = System.nanoTime() - OTHER_ZERO;
                timed.recorded = true;
            } else {
                own.record(event);
            }
        }

        @Override
        public void await(DeviceEvent event) {
            own.await(event);
        }

        @Override
        public void synchronize() {
            own.synchronize();
        }

        @Override
        public void run(Runnable task) {
            tasks++;
            own.run(task);
        }
    }

    private static DeviceQueue own(DeviceQueue queue) {
        return ((Queue) queue).own;
    }

    @Override
    public Optional<DeviceClock> clock() {
        return Optional.of(clock);
    }

    @Override
    public DeviceQueue queue(QueueRole role) {
        return Objects.requireNonNull(queues.get(role));
    }

    @Override
    public DevicePlanner planner() {
        return cpu.planner();
    }

    @Override
    public DeviceMemory allocate(long bytes, String purpose) {
        return cpu.allocate(bytes, purpose);
    }

    @Override
    public Usage usage() {
        return cpu.usage();
    }

    @Override
    public DeviceEvent event() {
        return cpu.event();
    }

    @Override
    public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        Kernel kernel = cpu.prepare(operation, inputs, outputs);
        return (queue, from, to, workspace) -> kernel.launch(own(queue), from, to, workspace);
    }

    @Override
    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
        cpu.copyToDevice(own(queue), source, address);
    }

    @Override
    public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
        cpu.copyToHost(own(queue), address, target);
    }

    @Override
    public void copy(DeviceQueue queue, long source, long target, long bytes) {
        cpu.copy(own(queue), source, target, bytes);
    }

    @Override
    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
        cpu.fill(own(queue), address, bytes, value);
    }

    @Override
    public void close() {
        cpu.close();
    }
}
