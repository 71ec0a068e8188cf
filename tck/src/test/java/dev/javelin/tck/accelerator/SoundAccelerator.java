package dev.javelin.tck.accelerator;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.engine.run.Numbers;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceClock;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * A device whose addresses are not the host's, and whose queues work beside their callers: whoever touches its memory from
 * the host, or does not wait, is found out. Doubles override what they get wrong.
 */
class SoundAccelerator implements Accelerator {
    /** No address of a host is so large. */
    static final long OWN = 0x3000_0000_0000_0000L;

    private final SoundPlanner planner;
    private final Accelerator cpu = OnCpu.provider("cpu").open(SoundProvider.options());
    private final Map<QueueRole, SoundQueue> queues = new EnumMap<>(QueueRole.class);
    private final SoundClock clock = makeClock();
    private volatile boolean closed;

    SoundAccelerator(SoundPlanner planner) {
        this.planner = planner;
        for (QueueRole role : QueueRole.values()) {
            queues.put(role, makeQueue(role));
        }
    }

    SoundQueue makeQueue(QueueRole role) {
        return new SoundQueue(this);
    }

    @Override
    public DevicePlanner planner() {
        return planner;
    }

    void requireOpen() {
        if (closed) {
            throw new JavelinException("JVL-TCK-0098", "the device is closed", "open another");
        }
    }

    @Override
    public DeviceMemory allocate(long bytes, String purpose) {
        requireOpen();
        return new Moved(cpu.allocate(bytes, purpose));
    }

    /** Memory under an address of this device. */
    record Moved(DeviceMemory memory) implements DeviceMemory {
        @Override
        public long address() {
            return memory.address() + OWN;
        }

        @Override
        public long bytes() {
            return memory.bytes();
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    @Override
    public Usage usage() {
        return cpu.usage();
    }

    @Override
    public DeviceQueue.DeviceEvent event() {
        requireOpen();
        return new SoundQueue.Moving(this);
    }

    @Override
    public Optional<DeviceClock> clock() {
        return Optional.of(clock);
    }

    SoundClock makeClock() {
        return new SoundClock(this);
    }

    @Override
    public DeviceQueue queue(QueueRole role) {
        requireOpen();
        return Objects.requireNonNull(queues.get(role));
    }

    @Override
    public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        requireOpen();
        if (planner.plan(operation, inputs, outputs).isEmpty()) {
            throw new JavelinException("JVL-TCK-0093", "no kernel for " + operation.name(), "decompose it");
        }
        return kernel(operation, inputs, outputs);
    }

    Kernel kernel(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        Kernel kernel = cpu.prepare(computed(operation), inputs, outputs);
        return (queue, from, to, workspace) -> {
            Launch launch = new Launch(
                    kernel, operation, inputs, outputs, host(from), host(to), workspace == 0 ? 0 : workspace - OWN);
            enqueue(queue, () -> launch(queue, launch));
        };
    }

    /** What is computed for an operation; doubles take another. */
    Operation computed(Operation operation) {
        return operation;
    }

    /** Runs on the queue, with addresses of the host; doubles do more or less. */
    void launch(DeviceQueue queue, Launch launch) {
        launch.run(this);
    }

    /** One launch, with addresses of the host. */
    record Launch(
            Kernel kernel,
            Operation operation,
            List<TensorType> inputTypes,
            List<TensorType> outputTypes,
            long[] inputs,
            long[] outputs,
            long workspace) {
        void run(SoundAccelerator device) {
            kernel.launch(device.direct(), inputs, outputs, workspace);
        }

        MemorySegment input(int index) {
            return memory(inputs[index], inputTypes.get(index).bytes());
        }

        MemorySegment output(int index) {
            return memory(outputs[index], outputTypes.get(index).bytes());
        }

        static MemorySegment memory(long address, long bytes) {
            return MemorySegment.ofAddress(address).reinterpret(bytes);
        }

        /** Changes every number of an output. */
        void change(int index, DoubleUnaryOperator function) {
            change(index, (i, value) -> function.applyAsDouble(value));
        }

        void change(int index, Change function) {
            TensorType type = outputTypes.get(index);
            for (long i = 0; i < type.elements(); i++) {
                double value = Numbers.get(output(index), type.dtype(), i);
                Numbers.set(output(index), type.dtype(), i, function.at(i, value));
            }
        }
    }

    /** From an element's number and value to its value. */
    @FunctionalInterface
    interface Change {
        double at(long index, double value);
    }

    static long[] host(long[] addresses) {
        return Arrays.stream(addresses).map(address -> address - OWN).toArray();
    }

    /** The CPU's own queue, whose work is done at once. */
    DeviceQueue direct() {
        return cpu.queue(QueueRole.COMPUTE);
    }

    Accelerator cpu() {
        return cpu;
    }

    /** Kernels and copies of all queues take turns, as on a device with one engine; tasks of the host do not. */
    void enqueue(DeviceQueue queue, Runnable work) {
        requireOpen();
        if (!(queue instanceof SoundQueue own) || own.device != this) {
            throw new JavelinException("JVL-TCK-0097", "a queue of another device", "use one of this device");
        }
        own.add(() -> {
            synchronized (cpu) {
                work.run();
            }
        });
    }

    @Override
    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
        MemorySegment from = free(source);
        enqueue(queue, () -> cpu.copyToDevice(direct(), from, address - OWN));
    }

    @Override
    public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
        MemorySegment to = free(target);
        enqueue(queue, () -> cpu.copyToHost(direct(), address - OWN, to));
    }

    /** The same bytes, open to the thread of a queue too. */
    static MemorySegment free(MemorySegment segment) {
        return segment.isNative()
                ? MemorySegment.ofAddress(segment.address()).reinterpret(segment.byteSize())
                : segment;
    }

    @Override
    public void copy(DeviceQueue queue, long source, long target, long bytes) {
        enqueue(queue, () -> cpu.copy(direct(), source - OWN, target - OWN, bytes));
    }

    @Override
    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
        enqueue(queue, () -> cpu.fill(direct(), address - OWN, bytes, value));
    }

    @Override
    public void close() {
        if (!closed) {
            cpu.close();
            closed = true;
            queues.values().forEach(SoundQueue::close);
        }
    }
}
