package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.communicator.host.HostMemory;
import dev.javelin.communicator.host.ScalarTree;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AddressSpace;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A device of one rank, in a space that it shares with those of others. Each queue has a thread, and dawdles before each
 * piece of work, so that what is not ordered by events is seen to be so. Its kernels add floating types at aligned
 * addresses; nothing else.
 */
final class SharedDevice implements Accelerator {
    private static final long MOST_NANOS = 40_000;

    private final Accelerator cpu = Devices.open(1);
    private final String space;
    private final Map<QueueRole, Queue> queues = new EnumMap<>(QueueRole.class);

    SharedDevice(String space, long seed) {
        this.space = space;
        for (QueueRole role : QueueRole.values()) {
            queues.put(role, new Queue(seed * 31 + role.ordinal()));
        }
    }

    private static void dawdle(SplittableRandom random) {
        LockSupport.parkNanos(random.nextLong(MOST_NANOS));
    }

    private static final class Event implements DeviceQueue.DeviceEvent {
        volatile @Nullable CompletableFuture<Void> place;
        volatile boolean closed;

        @Override
        public void synchronize() {
            CompletableFuture<Void> now = place;
            if (now != null) {
                now.join();
            }
        }

        @Override
        public void close() {
            closed = true;
        }

        CompletableFuture<Void> awaited() {
            CompletableFuture<Void> now = place;
            if (closed || now == null) {
                throw new IllegalStateException("an event that was " + (closed ? "closed" : "never recorded"));
            }
            return now;
        }
    }

    private final class Queue implements DeviceQueue {
        private final ExecutorService thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("shared device").factory());
        private final SplittableRandom random;
        private volatile CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

        Queue(long seed) {
            random = new SplittableRandom(seed);
        }

        @Override
        public Accelerator device() {
            return SharedDevice.this;
        }

        /** What throws ends the queue: what is behind it is left out. */
        synchronized void add(Runnable work) {
            last = last.thenRunAsync(
                    () -> {
                        dawdle(random);
                        work.run();
                    },
                    thread);
        }

        @Override
        public DeviceEvent record() {
            DeviceEvent event = new Event();
            record(event);
            return event;
        }

        @Override
        public void record(DeviceEvent event) {
            if (thread.isShutdown()) {
                throw new RejectedExecutionException("the device is closed");
            }
            ((Event) event).place = last;
        }

        @Override
        public synchronized void await(DeviceEvent event) {
            CompletableFuture<Void> other = ((Event) event).awaited();
            last = last.thenCombine(other, (mine, theirs) -> null);
        }

        @Override
        public void synchronize() {
            try {
                last.join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof RuntimeException thrown) {
                    throw thrown;
                }
                throw e;
            }
        }

        @Override
        public void run(Runnable task) {
            add(task);
        }
    }

    @Override
    public DevicePlanner planner() {
        return cpu.planner();
    }

    @Override
    public AddressSpace addressSpace() {
        return AddressSpace.of(space);
    }

    @Override
    public DeviceMemory allocate(long bytes, String purpose) {
        return cpu.allocate(bytes, purpose);
    }

    @Override
    public dev.javelin.spi.device.HostMemory hostMemory(long bytes, String purpose) {
        Arena arena = Arena.ofShared();
        MemorySegment segment = arena.allocate(bytes, 64);
        return new dev.javelin.spi.device.HostMemory() {
            @Override
            public MemorySegment segment() {
                return segment;
            }

            @Override
            public void close() {
                segment.fill((byte) 0xEE);
                arena.close();
            }
        };
    }

    @Override
    public Usage usage() {
        return cpu.usage();
    }

    @Override
    public DeviceQueue.DeviceEvent event() {
        return new Event();
    }

    @Override
    public DeviceQueue queue(QueueRole role) {
        return queues.get(role);
    }

    @Override
    public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        TensorType type = outputs.getFirst();
        if (!operation.name().equals("add") || !type.dtype().floating()) {
            throw new JavelinException("JVL-TCK-0099", "no kernel for " + operation, "add floating types");
        }
        return (queue, from, to, workspace) -> {
            long[] operands = from.clone();
            long target = to[0];
            if ((operands[0] | operands[1] | target) % planner().alignmentBytes() != 0) {
                throw new IllegalArgumentException("an address that is not aligned");
            }
            ((Queue) queue).add(() -> ScalarTree.sum(type.dtype(), operands, target, type.elements()));
        };
    }

    @Override
    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
        ((Queue) queue).add(() -> HostMemory.copy(source.address(), address, source.byteSize()));
    }

    @Override
    public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
        ((Queue) queue).add(() -> HostMemory.copy(address, target.address(), target.byteSize()));
    }

    @Override
    public void copy(DeviceQueue queue, long source, long target, long bytes) {
        ((Queue) queue).add(() -> HostMemory.copy(source, target, bytes));
    }

    @Override
    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
        ((Queue) queue).add(() -> HostMemory.ALL.asSlice(address, bytes).fill(value));
    }

    @Override
    public void close() {
        queues.values().forEach(queue -> queue.thread.shutdown());
        cpu.close();
    }
}
