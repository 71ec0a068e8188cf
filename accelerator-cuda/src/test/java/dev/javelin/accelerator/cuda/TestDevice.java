package dev.javelin.accelerator.cuda;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Runs single operations on an opened accelerator: arrays in, arrays out. Outputs, workspace and what lies behind every
 * buffer start poisoned.
 */
public final class TestDevice implements AutoCloseable {
    private static final byte POISON = (byte) 0xFF; // NaN in every floating type, -1 in every integer
    private static final int GUARD = 64;

    private final Accelerator device;
    private final DeviceQueue queue;

    public TestDevice(Accelerator device) {
        this.device = device;
        this.queue = device.queue(QueueRole.COMPUTE);
    }

    public KernelPlan plan(Case c) {
        return device.planner()
                .plan(c.operation(), c.inputTypes(), c.outputTypes())
                .orElseThrow(() -> new AssertionError(device.planner().name() + " declines " + c));
    }

    /** Runs with every output in memory of its own, but for what must share its input's. */
    public List<Value> run(Operation operation, Value... inputs) {
        return run(new Case(operation, List.of(inputs), Tolerance.EXACT));
    }

    public List<Value> run(Case c) {
        return run(c, Set.of(), 0);
    }

    /** Runs with these outputs in the memory of these inputs. */
    public List<Value> run(Case c, Set<Alias> shared) {
        return run(c, shared, 0);
    }

    /** Runs with every operand so many elements behind an aligned address, as views may lie. */
    public List<Value> runShifted(Case c, int elements) {
        return run(c, Set.of(), elements);
    }

    private List<Value> run(Case c, Set<Alias> shared, int shift) {
        List<TensorType> outputTypes = c.outputTypes();
        KernelPlan plan = plan(c);
        try (Buffers buffers = new Buffers(shift)) {
            long[] in = new long[c.inputs().size()];
            for (int i = 0; i < in.length; i++) {
                Value value = c.inputs().get(i);
                in[i] = buffers.holding(value.type(), value.toBytes());
            }
            long[] out = new long[outputTypes.size()];
            for (int o = 0; o < out.length; o++) {
                int from = source(c.operation(), shared, o);
                out[o] = from >= 0 ? in[from] : buffers.poisoned(outputTypes.get(o));
            }
            long workspace = plan.workspaceBytes() == 0 ? 0 : buffers.workspace(plan.workspaceBytes());
            device.prepare(c.operation(), c.inputTypes(), outputTypes).launch(queue, in, out, workspace);
            buffers.read();
            List<Value> results = new ArrayList<>();
            for (int o = 0; o < out.length; o++) {
                TensorType type = outputTypes.get(o);
                results.add(Value.ofBytes(type, buffers.bytes(out[o])));
            }
            return results;
        }
    }

    private static int source(Operation operation, Set<Alias> shared, int output) {
        for (Alias alias : shared) {
            if (alias.output() == output) {
                return alias.input();
            }
        }
        return operation.overwrites(output).orElse(-1);
    }

    @Override
    public void close() {
        device.close();
    }

    /** Device memory with a guard in front of and behind each buffer, to catch a kernel that writes too far. */
    private final class Buffers implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final Map<Long, Buffer> held = new LinkedHashMap<>();
        private final int shift;

        Buffers(int shift) {
            this.shift = shift;
        }

        private long poisoned(int before, long bytes) {
            long all = before + bytes + GUARD;
            DeviceMemory memory = device.allocate(all, "test");
            device.fill(queue, memory.address(), all, POISON);
            long address = memory.address() + before;
            held.put(address, new Buffer(memory, before, (int) bytes, arena.allocate(all, 8)));
            return address;
        }

        long poisoned(TensorType type) {
            return poisoned(shift * type.dtype().bytes(), type.bytes());
        }

        long workspace(long bytes) {
            return poisoned(0, bytes);
        }

        long holding(TensorType type, byte[] bytes) {
            long address = poisoned(type);
            MemorySegment host = arena.allocate(Math.max(1, bytes.length), 8);
            MemorySegment.copy(bytes, 0, host, ValueLayout.JAVA_BYTE, 0, bytes.length);
            device.copyToDevice(queue, host.asSlice(0, bytes.length), address);
            return address;
        }

        /** Reads all buffers back, and looks at what surrounds them. */
        void read() {
            held.values().forEach(buffer -> device.copyToHost(queue, buffer.memory.address(), buffer.host));
            queue.synchronize();
            for (Buffer buffer : held.values()) {
                for (long i = 0; i < buffer.host.byteSize(); i++) {
                    boolean inside = i >= buffer.before && i < buffer.before + buffer.bytes;
                    if (!inside && buffer.host.get(ValueLayout.JAVA_BYTE, i) != POISON) {
                        throw new AssertionError("the kernel wrote beside a buffer");
                    }
                }
            }
        }

        byte[] bytes(long address) {
            Buffer buffer = Objects.requireNonNull(held.get(address));
            return buffer.host.asSlice(buffer.before, buffer.bytes).toArray(ValueLayout.JAVA_BYTE);
        }

        @Override
        public void close() {
            queue.synchronize();
            held.values().forEach(buffer -> buffer.memory.close());
            arena.close();
        }

        private record Buffer(DeviceMemory memory, int before, int bytes, MemorySegment host) {}
    }
}
