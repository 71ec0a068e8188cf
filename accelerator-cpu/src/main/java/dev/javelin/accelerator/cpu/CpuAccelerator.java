package dev.javelin.accelerator.cpu;

import dev.javelin.accelerator.cpu.blas.JavaBlas;
import dev.javelin.accelerator.cpu.blas.OpenBlasSerial;
import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Machine;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The opened CPU. */
final class CpuAccelerator implements Accelerator {
    private final CpuPlanner planner;
    private final Machine machine;
    private final Ledger ledger;
    private final Map<QueueRole, InlineQueue> queues = new EnumMap<>(QueueRole.class);
    private boolean closed;

    CpuAccelerator(CpuPlanner planner) {
        this.planner = planner;
        this.machine = new Machine(planner.options().threads(), () -> products(planner.options()));
        this.ledger = new Ledger(planner.options().memoryBytes());
        for (QueueRole role : QueueRole.values()) {
            queues.put(role, new InlineQueue(this, role));
        }
    }

    private static SerialBlas products(CpuOptions options) {
        return switch (options.blas()) {
            case OPENBLAS -> OpenBlasSerial.open(options.cacheFolder());
            case JAVA -> new JavaBlas();
        };
    }

    @Override
    public DevicePlanner planner() {
        return planner;
    }

    @Override
    public DeviceMemory allocate(long bytes, String purpose) {
        requireOpen();
        ledger.requireRoom(bytes, purpose);
        try {
            Slab slab = Slab.of(bytes, CpuPlanner.ALIGNMENT_BYTES);
            ledger.opened(bytes, purpose);
            return new CpuMemory(slab, bytes, () -> ledger.closed(bytes, purpose));
        } catch (OutOfMemoryError e) {
            JavelinException exhausted = ledger.exhausted(bytes, purpose, "the operating system gives no more");
            exhausted.initCause(e);
            throw exhausted;
        }
    }

    @Override
    public Usage usage() {
        return ledger.usage();
    }

    @Override
    public DeviceQueue queue(QueueRole role) {
        requireOpen();
        return Objects.requireNonNull(queues.get(role));
    }

    @Override
    public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        requireOpen();
        KernelChoice choice = planner.choose(operation, inputs, outputs)
                .orElseThrow(() -> new JavelinException(
                        "JVL-CPU-0001",
                        "the CPU has no kernel for " + operation.name() + " " + inputs + " -> " + outputs,
                        "decompose the operation, as its plan's absence asks for"));
        Kernel kernel = choice.ready().apply(machine);
        return (queue, inputAddresses, outputAddresses, workspace) -> {
            require(queue);
            try {
                kernel.launch(queue, inputAddresses, outputAddresses, workspace);
            } catch (JavelinException e) {
                throw e;
            } catch (RuntimeException e) {
                throw new JavelinException(
                        "JVL-CPU-0002",
                        "kernel " + operation.name() + " " + inputs + " failed: " + e,
                        "check the values it was given; if they are right, report this with the message",
                        e);
            }
        };
    }

    @Override
    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
        require(queue);
        MemorySegment.copy(source, 0, Memory.ALL, address, source.byteSize());
    }

    @Override
    public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
        require(queue);
        MemorySegment.copy(Memory.ALL, address, target, 0, target.byteSize());
    }

    @Override
    public void copy(DeviceQueue queue, long source, long target, long bytes) {
        require(queue);
        Memory.copy(source, target, bytes);
    }

    @Override
    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
        require(queue);
        Memory.fill(address, bytes, value);
    }

    private void require(DeviceQueue queue) {
        requireOpen();
        if (!(queue instanceof InlineQueue inline) || inline.device() != this) {
            throw new JavelinException(
                    "JVL-CPU-0003", "work was enqueued on " + queue, "use a queue of this accelerator");
        }
    }

    void requireOpen() {
        if (closed) {
            throw new JavelinException(
                    "JVL-CPU-0003", "the CPU accelerator is closed", "open another, or close it later");
        }
    }

    /**
     * Closes the device; a second call does nothing.
     *
     * @throws JavelinException {@code JVL-CPU-0004} if memory is still held: it names the purposes
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (ledger.usage().liveBytes() != 0) {
            throw new JavelinException(
                    "JVL-CPU-0004",
                    "close: " + ledger.usage().liveBytes() + " bytes are still held: " + ledger.holders(),
                    "close all memory before the accelerator");
        }
        closed = true;
        machine.close();
    }
}
