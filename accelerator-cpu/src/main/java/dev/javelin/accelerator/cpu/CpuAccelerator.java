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
import dev.javelin.spi.device.AddressSpace;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.MemoryLedger;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The opened CPU. */
final class CpuAccelerator implements Accelerator {
    private final CpuPlanner planner;
    private final Machine machine;
    private final MemoryLedger ledger;
    private final Map<QueueRole, CpuQueue> queues = new EnumMap<>(QueueRole.class);
    /** Made and used by the thread of the communication queue alone. */
    private @Nullable Machine beside;

    private volatile boolean closed;

    CpuAccelerator(CpuPlanner planner) {
        this.planner = planner;
        this.machine = new Machine(planner.options().threads(), () -> products(planner.options()));
        this.ledger = new MemoryLedger(planner.options().memoryBytes());
        for (QueueRole role : QueueRole.values()) {
            queues.put(role, planner.concurrent(role) ? new ThreadQueue(this, role) : new InlineQueue(this, role));
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
        ledger.reserve(bytes, purpose);
        try {
            Slab slab = Slab.of(bytes, CpuPlanner.ALIGNMENT_BYTES);
            return held(slab.address(), bytes, purpose, slab::close);
        } catch (OutOfMemoryError e) {
            ledger.closed(bytes, purpose);
            JavelinException exhausted = ledger.exhausted(bytes, purpose, "the operating system gives no more");
            exhausted.initCause(e);
            throw exhausted;
        }
    }

    @Override
    public DeviceMemory adopt(long address, long bytes, String purpose, Runnable release) {
        requireOpen();
        if (address % CpuPlanner.ALIGNMENT_BYTES != 0) {
            throw new JavelinException(
                    "JVL-MEM-0004",
                    "adopt: address 0x" + Long.toHexString(address) + " for " + purpose + " is not a multiple of "
                            + CpuPlanner.ALIGNMENT_BYTES,
                    "give memory that is aligned as the planner's alignmentBytes says");
        }
        ledger.reserve(bytes, purpose);
        return held(address, bytes, purpose, release);
    }

    private DeviceMemory held(long address, long bytes, String purpose, Runnable release) {
        ledger.opened();
        return DeviceMemory.of(address, bytes, () -> {
            try {
                release.run();
            } finally {
                ledger.closed(bytes, purpose);
            }
        });
    }

    @Override
    public AddressSpace addressSpace() {
        return AddressSpace.HOST;
    }

    @Override
    public Usage usage() {
        return ledger.usage();
    }

    @Override
    public DeviceQueue.DeviceEvent event() {
        requireOpen();
        return new CpuEvent(this);
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
        Kernel kernel = named(choice.ready().apply(machine), operation, inputs);
        if (!planner.concurrent(QueueRole.COMMUNICATION)) {
            return (queue, inputAddresses, outputAddresses, workspace) -> {
                require(queue);
                kernel.launch(queue, inputAddresses, outputAddresses, workspace);
            };
        }
        Supplier<Kernel> beside = () -> named(choice.ready().apply(besideMachine()), operation, inputs);
        return new EitherKernel(this, kernel, beside);
    }

    private static Kernel named(Kernel kernel, Operation operation, List<TensorType> inputs) {
        return (queue, inputAddresses, outputAddresses, workspace) -> {
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

    /** The machine of the one thread that works beside the caller: results do not depend on the number of threads. */
    private Machine besideMachine() {
        Machine opened = beside;
        if (opened == null) {
            opened = new Machine(1, () -> products(planner.options()));
            beside = opened;
        }
        return opened;
    }

    @Override
    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
        MemorySegment from = free(source);
        require(queue).run(() -> MemorySegment.copy(from, 0, Memory.ALL, address, from.byteSize()));
    }

    @Override
    public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
        MemorySegment to = free(target);
        require(queue).run(() -> MemorySegment.copy(Memory.ALL, address, to, 0, to.byteSize()));
    }

    @Override
    public void copy(DeviceQueue queue, long source, long target, long bytes) {
        require(queue).run(() -> Memory.copy(source, target, bytes));
    }

    @Override
    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
        require(queue).run(() -> Memory.fill(address, bytes, value));
    }

    /** The same bytes, open to the thread of a queue too. */
    private static MemorySegment free(MemorySegment segment) {
        return segment.isNative() ? Memory.ALL.asSlice(segment.address(), segment.byteSize()) : segment;
    }

    CpuQueue require(DeviceQueue queue) {
        requireOpen();
        if (queue instanceof CpuQueue own && own.device() == this) {
            return own;
        }
        throw new JavelinException("JVL-CPU-0003", "work was enqueued on " + queue, "use a queue of this accelerator");
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
        for (CpuQueue queue : queues.values()) {
            if (queue instanceof ThreadQueue thread) {
                thread.close();
            }
        }
        machine.close();
    }
}
