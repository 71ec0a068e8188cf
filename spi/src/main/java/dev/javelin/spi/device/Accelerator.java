package dev.javelin.spi.device;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** An opened device. Closing it closes its queues; memory must be closed before. */
public interface Accelerator extends AutoCloseable {

    /** The planning half that agrees with this device. */
    DevicePlanner planner();

    /**
     * Allocates device memory; the caller owns and closes it. The contents are undefined.
     *
     * @param purpose for reports and out-of-memory errors, for example {@code temporaries}
     * @throws dev.javelin.api.JavelinException {@code JVL-MEM-0001} with what was asked, what is free and what is held
     */
    DeviceMemory allocate(long bytes, String purpose);

    /**
     * Takes memory of the host into use as device memory, for an accelerator whose kernels work on host addresses; it
     * counts as allocated until it is closed, which runs {@code release}.
     *
     * @param address first byte, a multiple of the planner's alignment
     * @throws dev.javelin.api.JavelinException {@code JVL-MEM-0003} from an accelerator with memory of its own,
     *     {@code JVL-MEM-0001} if it exceeds the limit
     */
    default DeviceMemory adopt(long address, long bytes, String purpose, Runnable release) {
        throw new dev.javelin.api.JavelinException(
                "JVL-MEM-0003",
                "accelerator " + planner().name() + " has memory of its own and cannot use " + bytes
                        + " bytes of the host's for " + purpose,
                "choose a communicator that reaches the memory of this accelerator");
    }

    /**
     * What its addresses mean, and so whose memory they reach. By default that of this device alone, which ranks can
     * exchange by a library of the device's vendor only.
     */
    default AddressSpace addressSpace() {
        return AddressSpace.alone(this);
    }

    /**
     * Memory of the host that copies to and from this device reach at full speed, without staging: pinned, where the device
     * has memory of its own. It is no device memory and counts in no {@link Usage}; the contents are undefined.
     *
     * @param purpose for reports and errors
     */
    default HostMemory hostMemory(long bytes, String purpose) {
        return HostMemory.plain(bytes, planner().alignmentBytes());
    }

    /** The bytes taken by {@link #allocate} and {@link #adopt} now and at most so far. */
    Usage usage();

    /**
     * Bytes of device memory that are taken now by anything else: the driver, libraries, other processes. 0 where the
     * device cannot tell.
     */
    default long outsideBytes() {
        return 0;
    }

    /** An event of this device's queues, made once and recorded again and again. The caller closes it. */
    DeviceQueue.DeviceEvent event();

    /**
     * The device's own clock, where its queues run beside the host; empty where the host or its threads do the work, whose
     * clock is {@link System#nanoTime}. The same clock at each call.
     */
    default Optional<DeviceClock> clock() {
        return Optional.empty();
    }

    /** A queue for work of this role; the same queue at each call. */
    DeviceQueue queue(QueueRole role);

    /**
     * Readies a kernel for one instruction, for repeated launches. Only for what the planner gave a plan.
     *
     * @throws dev.javelin.api.JavelinException if there is no kernel for it
     */
    Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs);

    /**
     * Enqueues a copy from host memory; the source must stay unchanged until the queue has passed it. From
     * {@link #hostMemory} it runs beside the host and the other queues; from other memory the host may have to wait.
     */
    void copyToDevice(DeviceQueue queue, MemorySegment source, long address);

    /** Enqueues a copy to host memory, complete once the queue has passed it; to {@link #hostMemory} as above. */
    void copyToHost(DeviceQueue queue, long address, MemorySegment target);

    /** Enqueues a copy within the device. */
    void copy(DeviceQueue queue, long source, long target, long bytes);

    /** Enqueues filling a range with one byte value. */
    void fill(DeviceQueue queue, long address, long bytes, byte value);

    @Override
    void close();

    /**
     * @param liveBytes allocated and not closed
     * @param peakBytes largest {@code liveBytes} so far
     */
    record Usage(long liveBytes, long peakBytes) {}
}
