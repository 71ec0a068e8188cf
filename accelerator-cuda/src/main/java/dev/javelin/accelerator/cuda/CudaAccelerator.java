package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.blas.Blas;
import dev.javelin.accelerator.cuda.blas.BlasLibraries;
import dev.javelin.accelerator.cuda.blas.JCublasBlas;
import dev.javelin.accelerator.cuda.blas.LtBlas;
import dev.javelin.accelerator.cuda.dispatch.FlashAttention;
import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.driver.Gpu;
import dev.javelin.accelerator.cuda.driver.HostPointer;
import dev.javelin.accelerator.cuda.driver.Libraries;
import dev.javelin.accelerator.cuda.driver.OutOfDeviceMemory;
import dev.javelin.accelerator.cuda.kernel.Device;
import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Work;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AddressSpace;
import dev.javelin.spi.device.DeviceClock;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.HostMemory;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.MemoryLedger;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.driver.CUevent;

/** An opened GPU. */
final class CudaAccelerator implements Accelerator {
    private final CudaPlanner planner;
    private final Driver driver;
    private final Device device;
    private final MemoryLedger ledger;
    private final Map<QueueRole, CudaQueue> queues = new EnumMap<>(QueueRole.class);
    private final Set<CudaEvent> events = ConcurrentHashMap.newKeySet();
    private final CudaClock clock = new CudaClock(this);
    /** Kernels of flash attention that were seen to be right here. */
    private final Set<String> proved = new HashSet<>();

    private volatile boolean closed;

    private CudaAccelerator(CudaPlanner planner, Driver driver, Libraries libraries) {
        this.planner = planner;
        this.driver = driver;
        this.device = new Device(driver, () -> blas(libraries));
        this.ledger = new MemoryLedger(planner.memoryBytes());
        for (QueueRole role : QueueRole.values()) {
            queues.put(role, new CudaQueue(this, role, driver.stream()));
        }
    }

    private Blas blas(Libraries libraries) {
        CudaOptions options = planner.options();
        return switch (options.blas()) {
            case FOREIGN -> LtBlas.open(libraries, options.tf32());
            case JCUBLAS -> JCublasBlas.open(libraries, options.tf32());
            case AUTO ->
                BlasLibraries.lt(libraries).isPresent()
                        ? LtBlas.open(libraries, options.tf32())
                        : JCublasBlas.open(libraries, options.tf32());
        };
    }

    /** @throws JavelinException {@code JVL-CUD-0011} to {@code 0017} if there is no GPU, or no way to reach it */
    static CudaAccelerator open(CudaOptions options) {
        Libraries libraries = options.libraries();
        Gpu gpu = Gpu.find(libraries, options.device());
        CudaPlanner planner = new CudaPlanner(options, options.model().orElseGet(() -> GpuModel.of(gpu)));
        Driver driver = new Driver(options.device());
        try {
            return new CudaAccelerator(planner, driver, libraries);
        } catch (RuntimeException | Error e) {
            driver.close();
            throw e;
        }
    }

    Driver driver() {
        return driver;
    }

    /** The driver, its context current in this thread. */
    Driver bound() {
        requireOpen();
        driver.bind();
        return driver;
    }

    @Override
    public DevicePlanner planner() {
        return planner;
    }

    @Override
    public DeviceMemory allocate(long bytes, String purpose) {
        Driver bound = bound();
        long room = planner.memoryBytes() - ledger.usage().liveBytes();
        if (bytes > room) {
            throw ledger.exhausted(
                    bytes,
                    purpose,
                    room + " of the " + planner.memoryBytes() + " that may be used are left; " + room(bound.memory()));
        }
        ledger.reserve(bytes, purpose);
        try {
            long address = bytes == 0 ? 0 : bound.allocate(bytes);
            ledger.opened();
            return DeviceMemory.of(address, bytes, () -> release(address, bytes, purpose));
        } catch (OutOfDeviceMemory e) {
            ledger.closed(bytes, purpose);
            throw ledger.exhausted(bytes, purpose, room(bound.memory()));
        } catch (RuntimeException | Error e) {
            ledger.closed(bytes, purpose);
            throw e;
        }
    }

    private String room(Driver.MemoryInfo info) {
        return info.freeBytes() + " of " + info.totalBytes() + " bytes of the GPU are free, and " + outside(info)
                + " are held by the driver, libraries and other processes";
    }

    private void release(long address, long bytes, String purpose) {
        try {
            if (bytes != 0) {
                bound().free(address);
            }
        } finally {
            ledger.closed(bytes, purpose);
        }
    }

    @Override
    public HostMemory hostMemory(long bytes, String purpose) {
        return PinnedMemory.of(this, bytes, purpose);
    }

    /** Ranks that are threads share the primary context, and so memory, streams and events. */
    @Override
    public AddressSpace addressSpace() {
        return AddressSpace.of("GPU " + planner.options().device());
    }

    @Override
    public Usage usage() {
        return ledger.usage();
    }

    @Override
    public long outsideBytes() {
        return outside(bound().memory());
    }

    private long outside(Driver.MemoryInfo info) {
        return Math.max(0, info.totalBytes() - info.freeBytes() - ledger.usage().liveBytes());
    }

    @Override
    public DeviceQueue.DeviceEvent event() {
        return own(bound().event());
    }

    /** An event that is given back with the device at the latest. */
    CudaEvent own(CUevent handle) {
        CudaEvent event = new CudaEvent(this, handle);
        events.add(event);
        return event;
    }

    @Override
    public Optional<DeviceClock> clock() {
        return Optional.of(clock);
    }

    /** Gives an event back, if it was not yet. */
    void destroy(CudaEvent event) {
        if (events.remove(event)) {
            clock.forget(event);
            bound().destroy(event.event());
        }
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
                        "JVL-CUD-0001",
                        "the GPU has no kernel for " + operation.name() + " " + inputs + " -> " + outputs,
                        "decompose the operation, as its plan's absence asks for"));
        FlashAttention.width(operation, inputs, choice)
                .ifPresent(width -> prove(inputs.getFirst().dtype(), width));
        Work[] works = choice.steps().stream().map(step -> step.ready(device)).toArray(Work[]::new);
        return (queue, inputAddresses, outputAddresses, workspace) -> {
            CudaQueue own = require(queue);
            bound();
            for (Work work : works) {
                work.enqueue(own.stream(), inputAddresses, outputAddresses, workspace);
            }
            if (planner.options().check()) {
                check(own, operation, inputs);
            }
        };
    }

    /** Preparing threads wait for each other: the proof runs once, and nobody goes on before it. */
    private synchronized void prove(DType dtype, int width) {
        String kernels = dtype.label() + " " + width;
        if (!proved.contains(kernels)) {
            bound();
            FlashCheck.run(
                    dtype,
                    width,
                    new DirectRun(planner, device, Objects.requireNonNull(queues.get(QueueRole.COMPUTE)).stream()));
            proved.add(kernels);
        }
    }

    /** Waits for a launch, and names what failed. */
    private void check(CudaQueue queue, Operation operation, List<TensorType> inputs) {
        try {
            driver.synchronize(queue.stream());
        } catch (JavelinException e) {
            throw new JavelinException(
                    "JVL-CUD-0002",
                    "kernel " + operation.name() + " " + inputs + " failed: " + e.getMessage(),
                    "check the values it was given; if they are right, report this with the message",
                    e);
        }
    }

    @Override
    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
        CudaQueue own = require(queue);
        Driver bound = bound();
        if (source.byteSize() == 0) {
            return;
        }
        if (source.isNative()) {
            bound.copyToDevice(new HostPointer(source.address()), address, source.byteSize(), own.stream());
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment staged = arena.allocate(source.byteSize(), 64).copyFrom(source);
            bound.copyToDevice(new HostPointer(staged.address()), address, source.byteSize(), own.stream());
            bound.synchronize(own.stream());
        }
    }

    @Override
    public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
        CudaQueue own = require(queue);
        Driver bound = bound();
        if (target.byteSize() == 0) {
            return;
        }
        if (target.isNative()) {
            bound.copyToHost(address, new HostPointer(target.address()), target.byteSize(), own.stream());
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment staged = arena.allocate(target.byteSize(), 64);
            bound.copyToHost(address, new HostPointer(staged.address()), target.byteSize(), own.stream());
            bound.synchronize(own.stream());
            target.copyFrom(staged);
        }
    }

    @Override
    public void copy(DeviceQueue queue, long source, long target, long bytes) {
        CudaQueue own = require(queue);
        Driver bound = bound();
        if (bytes > 0) {
            bound.copy(source, target, bytes, own.stream());
        }
    }

    @Override
    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
        CudaQueue own = require(queue);
        Driver bound = bound();
        if (bytes > 0) {
            bound.fill(address, bytes, value, own.stream());
        }
    }

    private CudaQueue require(DeviceQueue queue) {
        if (queue instanceof CudaQueue own && own.device() == this) {
            return own;
        }
        throw new JavelinException("JVL-CUD-0003", "work was enqueued on " + queue, "use a queue of this accelerator");
    }

    private void requireOpen() {
        if (closed) {
            throw new JavelinException("JVL-CUD-0003", "the GPU is closed", "open another, or close it later");
        }
    }

    /**
     * Closes the device; a second call does nothing.
     *
     * @throws JavelinException {@code JVL-CUD-0004} if memory is still held: it names the purposes
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (ledger.usage().liveBytes() != 0) {
            throw new JavelinException(
                    "JVL-CUD-0004",
                    "close: " + ledger.usage().liveBytes() + " bytes are still held: " + ledger.holders(),
                    "close all memory before the accelerator");
        }
        driver.bind();
        List.copyOf(events).forEach(this::destroy);
        closed = true;
        queues.values().forEach(queue -> driver.destroy(queue.stream()));
        device.close();
        driver.close();
    }
}
