package dev.javelin.engine.plugin;

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
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** A device behind a guard, and its kernels. Memory, queues and clock pass through: they come back to the device as its own. */
record GuardedAccelerator(Accelerator device, PluginGuard guard) implements Accelerator {

    @Override
    public DevicePlanner planner() {
        return new GuardedPlanner(guard.call("planner", device::planner), guard);
    }

    @Override
    public DeviceMemory allocate(long bytes, String purpose) {
        return guard.call("allocate", () -> device.allocate(bytes, purpose));
    }

    @Override
    public DeviceMemory adopt(long address, long bytes, String purpose, Runnable release) {
        return guard.call("adopt", () -> device.adopt(address, bytes, purpose, release));
    }

    @Override
    public AddressSpace addressSpace() {
        return guard.call("addressSpace", device::addressSpace);
    }

    @Override
    public HostMemory hostMemory(long bytes, String purpose) {
        return guard.call("hostMemory", () -> device.hostMemory(bytes, purpose));
    }

    @Override
    public Usage usage() {
        return guard.call("usage", device::usage);
    }

    @Override
    public long outsideBytes() {
        return guard.call("outsideBytes", device::outsideBytes);
    }

    @Override
    public DeviceQueue.DeviceEvent event() {
        return guard.call("event", device::event);
    }

    @Override
    public Optional<DeviceClock> clock() {
        return guard.call("clock", device::clock);
    }

    @Override
    public DeviceQueue queue(QueueRole role) {
        return guard.call("queue", () -> device.queue(role));
    }

    @Override
    public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return new GuardedKernel(guard.call("prepare", () -> device.prepare(operation, inputs, outputs)), guard);
    }

    @Override
    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
        guard.run("copyToDevice", () -> device.copyToDevice(queue, source, address));
    }

    @Override
    public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
        guard.run("copyToHost", () -> device.copyToHost(queue, address, target));
    }

    @Override
    public void copy(DeviceQueue queue, long source, long target, long bytes) {
        guard.run("copy", () -> device.copy(queue, source, target, bytes));
    }

    @Override
    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
        guard.run("fill", () -> device.fill(queue, address, bytes, value));
    }

    @Override
    public void close() {
        guard.run("close", device::close);
    }

    /** A kernel behind a guard, without anything else on the way of a launch. */
    record GuardedKernel(Kernel kernel, PluginGuard guard) implements Kernel {
        @Override
        public void launch(DeviceQueue queue, long[] inputs, long[] outputs, long workspace) {
            try {
                kernel.launch(queue, inputs, outputs, workspace);
            } catch (LinkageError e) {
                throw guard.broken("launch", e);
            }
        }
    }
}
