package dev.javelin.accelerator.cpu;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs single operations on an opened CPU: arrays in, arrays out. Outputs and workspace start poisoned. */
public final class TestDevice implements AutoCloseable {
    private static final byte POISON = (byte) 0xFF; // NaN in every floating type, -1 in every integer
    private static final long GUARD = 64;

    private final Accelerator device;
    private final DeviceQueue queue;

    private TestDevice(Map<String, String> options) {
        this.device = new CpuProvider().open(new Options("accelerator.cpu", options));
        this.queue = device.queue(QueueRole.COMPUTE);
    }

    /** A device with these options, key after value. */
    public static TestDevice open(String... options) {
        Map<String, String> map = new java.util.HashMap<>(Map.of("cacheFolder", "target/natives"));
        for (int i = 0; i < options.length; i += 2) {
            map.put(options[i], options[i + 1]);
        }
        return new TestDevice(map);
    }

    public Accelerator accelerator() {
        return device;
    }

    public boolean plans(Operation operation, List<Value> inputs) {
        List<TensorType> types = types(inputs);
        return device.planner().plan(operation, types, operation.infer(types)).isPresent();
    }

    public KernelPlan plan(Operation operation, List<Value> inputs) {
        List<TensorType> types = types(inputs);
        return device.planner().plan(operation, types, operation.infer(types)).orElseThrow();
    }

    /** Runs with every output in memory of its own, but for what must share its input's. */
    public List<Value> run(Operation operation, Value... inputs) {
        return run(operation, Set.of(), inputs);
    }

    /** Runs with these outputs in the memory of these inputs. */
    public List<Value> run(Operation operation, Set<Alias> shared, Value... inputs) {
        List<TensorType> inputTypes = types(List.of(inputs));
        List<TensorType> outputTypes = operation.infer(inputTypes);
        KernelPlan plan =
                device.planner().plan(operation, inputTypes, outputTypes).orElseThrow();
        try (Buffers buffers = new Buffers()) {
            long[] in = new long[inputs.length];
            for (int i = 0; i < in.length; i++) {
                in[i] = buffers.holding(inputs[i].toBytes());
            }
            long[] out = new long[outputTypes.size()];
            for (int o = 0; o < out.length; o++) {
                int from = source(operation, shared, o);
                out[o] = from >= 0
                        ? in[from]
                        : buffers.poisoned(outputTypes.get(o).bytes());
            }
            long workspace = plan.workspaceBytes() == 0 ? 0 : buffers.poisoned(plan.workspaceBytes());
            device.prepare(operation, inputTypes, outputTypes).launch(queue, in, out, workspace);
            buffers.requireGuards();
            List<Value> results = new ArrayList<>();
            for (int o = 0; o < out.length; o++) {
                byte[] bytes = new byte[(int) outputTypes.get(o).bytes()];
                device.copyToHost(queue, out[o], MemorySegment.ofArray(bytes));
                results.add(Value.ofBytes(outputTypes.get(o), bytes));
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

    private static List<TensorType> types(List<Value> values) {
        return values.stream().map(Value::type).toList();
    }

    @Override
    public void close() {
        device.close();
    }

    /** Device memory with a guard behind each buffer, to catch a kernel that writes too far. */
    private final class Buffers implements AutoCloseable {
        private final List<DeviceMemory> held = new ArrayList<>();

        long poisoned(long bytes) {
            DeviceMemory memory = device.allocate(bytes + GUARD, "test");
            held.add(memory);
            device.fill(queue, memory.address(), bytes + GUARD, POISON);
            return memory.address();
        }

        long holding(byte[] bytes) {
            long address = poisoned(bytes.length);
            device.copyToDevice(queue, MemorySegment.ofArray(bytes), address);
            return address;
        }

        void requireGuards() {
            byte[] guard = new byte[(int) GUARD];
            byte[] expected = new byte[(int) GUARD];
            Arrays.fill(expected, POISON);
            for (DeviceMemory memory : held) {
                device.copyToHost(queue, memory.address() + memory.bytes() - GUARD, MemorySegment.ofArray(guard));
                if (!Arrays.equals(guard, expected)) {
                    throw new AssertionError(
                            "a kernel wrote behind the end of a buffer of " + (memory.bytes() - GUARD) + " bytes");
                }
            }
        }

        @Override
        public void close() {
            held.forEach(DeviceMemory::close);
        }
    }
}
