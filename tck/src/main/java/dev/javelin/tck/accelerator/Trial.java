package dev.javelin.tck.accelerator;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan.Alias;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * One launch. Inputs, outputs and workspace lie in one range with guards between them; the range is written by one copy and
 * read back by one, so that every byte beside the outputs can be compared.
 */
final class Trial {
    /** Bytes of guard at least, before, between and behind. */
    private static final long GUARD = 64;

    private final Operation operation;
    private final List<Value> inputs;
    private final Layout layout;
    private final long alignment;
    private final List<TensorType> outputTypes;
    private final long[] inputAt;
    private final long[] outputAt;
    private final long workspaceAt;
    private final long workspaceBytes;
    private final long bytes;
    private byte[] before = new byte[0];
    private byte[] after = new byte[0];

    private Trial(Accelerator device, Operation operation, List<Value> inputs, Layout layout) {
        this.operation = operation;
        this.inputs = inputs;
        this.layout = layout;
        alignment = device.planner().alignmentBytes();
        List<TensorType> types = inputs.stream().map(Value::type).toList();
        outputTypes = operation.infer(types);
        workspaceBytes = device.planner()
                .plan(operation, types, outputTypes)
                .orElseThrow(() -> new IllegalStateException("no plan for " + operation + " on " + types))
                .workspaceBytes();
        inputAt = new long[inputs.size()];
        outputAt = new long[outputTypes.size()];
        long end = layout.lead() + GUARD;
        for (int i = 0; i < inputAt.length; i++) {
            TensorType type = inputs.get(i).type();
            inputAt[i] = aligned(end)
                    + (layout.unaligned() && !overwritten(i) ? type.dtype().bytes() : 0);
            end = inputAt[i] + type.bytes() + GUARD;
        }
        for (int o = 0; o < outputAt.length; o++) {
            int shared = sharedWith(o);
            outputAt[o] = shared >= 0 ? inputAt[shared] : aligned(end);
            end = shared >= 0 ? end : outputAt[o] + outputTypes.get(o).bytes() + GUARD;
        }
        workspaceAt = aligned(end);
        bytes = workspaceAt + workspaceBytes + GUARD;
    }

    private long aligned(long offset) {
        return Math.ceilDiv(offset, alignment) * alignment;
    }

    private int sharedWith(int output) {
        for (Alias alias : layout.shared()) {
            if (alias.output() == output) {
                return alias.input();
            }
        }
        return operation.overwrites(output).orElse(-1);
    }

    private boolean overwritten(int input) {
        for (int o = 0; o < outputTypes.size(); o++) {
            if (sharedWith(o) == input) {
                return true;
            }
        }
        return false;
    }

    /**
     * What a launch left.
     *
     * @param touched which byte was written that must not be; empty if none was
     */
    record Outcome(List<Value> outputs, Optional<String> touched) {}

    /** Prepares and launches once. */
    static Outcome run(Lab lab, Case tried, Layout layout) {
        return run(lab, tried.operation(), tried.inputs(), layout);
    }

    static Outcome run(Lab lab, Operation operation, List<Value> inputs, Layout layout) {
        Trial trial = new Trial(lab.device(), operation, inputs, layout);
        Kernel kernel =
                lab.device().prepare(operation, inputs.stream().map(Value::type).toList(), trial.outputTypes);
        return trial.launch(lab, kernel);
    }

    /** Prepares once and launches several times, one after the other, each on the same memory written anew. */
    static List<List<Value>> repeated(Lab lab, Case tried, int times) {
        Trial trial = new Trial(lab.device(), tried.operation(), tried.inputs(), Layout.usual());
        Kernel kernel = lab.device().prepare(tried.operation(), tried.inputTypes(), trial.outputTypes);
        List<List<Value>> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            all.add(trial.launch(lab, kernel).outputs());
        }
        return all;
    }

    /** Prepares once and enqueues several launches, each on memory of its own, from the same arrays of addresses. */
    static List<List<Value>> enqueued(Lab lab, Case tried, int times) {
        Trial trial = new Trial(lab.device(), tried.operation(), tried.inputs(), Layout.usual());
        Kernel kernel = lab.device().prepare(tried.operation(), tried.inputTypes(), trial.outputTypes);
        return trial.enqueue(lab, kernel, times);
    }

    private List<List<Value>> enqueue(Lab lab, Kernel kernel, int times) {
        DeviceQueue queue = lab.device().queue(layout.role());
        long stride = aligned(bytes);
        long base = lab.range(stride * times);
        before = image();
        MemorySegment host = MemorySegment.ofArray(before);
        for (int i = 0; i < times; i++) {
            lab.device().copyToDevice(queue, host, base + i * stride);
        }
        long[] in = new long[inputAt.length];
        long[] out = new long[outputAt.length];
        for (int i = 0; i < times; i++) {
            System.arraycopy(addresses(inputAt, base + i * stride), 0, in, 0, in.length);
            System.arraycopy(addresses(outputAt, base + i * stride), 0, out, 0, out.length);
            kernel.launch(queue, in, out, workspaceBytes == 0 ? 0 : base + i * stride + workspaceAt);
            Arrays.fill(in, 0);
            Arrays.fill(out, 0);
        }
        List<List<Value>> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            after = new byte[before.length];
            lab.device().copyToHost(queue, base + i * stride, MemorySegment.ofArray(after));
            queue.synchronize();
            all.add(outputs());
        }
        return all;
    }

    private Outcome launch(Lab lab, Kernel kernel) {
        Accelerator device = lab.device();
        DeviceQueue queue = device.queue(layout.role());
        long base = lab.range(bytes);
        before = image();
        device.copyToDevice(queue, MemorySegment.ofArray(before), base);
        kernel.launch(
                queue,
                addresses(inputAt, base),
                addresses(outputAt, base),
                workspaceBytes == 0 ? 0 : base + workspaceAt);
        after = new byte[before.length];
        device.copyToHost(queue, base, MemorySegment.ofArray(after));
        queue.synchronize();
        return new Outcome(outputs(), touched());
    }

    private List<Value> outputs() {
        List<Value> outputs = new ArrayList<>();
        for (int o = 0; o < outputAt.length; o++) {
            int from = (int) outputAt[o];
            int to = from + (int) outputTypes.get(o).bytes();
            outputs.add(new Value(outputTypes.get(o), Arrays.copyOfRange(after, from, to)));
        }
        return outputs;
    }

    private static long[] addresses(long[] offsets, long base) {
        return Arrays.stream(offsets).map(offset -> offset + base).toArray();
    }

    private byte[] image() {
        byte[] image = new byte[Math.toIntExact(bytes)];
        if (layout.poison() == 0) {
            Arrays.fill(image, (byte) 0xFF);
        } else {
            new Random(layout.poison()).nextBytes(image);
        }
        for (int i = 0; i < inputAt.length; i++) {
            byte[] input = inputs.get(i).bytes();
            System.arraycopy(input, 0, image, (int) inputAt[i], input.length);
        }
        return image;
    }

    /** The first byte that changed beside outputs and workspace. */
    private Optional<String> touched() {
        byte[] expected = before.clone();
        for (int o = 0; o < outputAt.length; o++) {
            restore(expected, outputAt[o], outputTypes.get(o).bytes());
        }
        restore(expected, workspaceAt, workspaceBytes);
        int at = Arrays.mismatch(expected, after);
        return at < 0 ? Optional.empty() : Optional.of(place(at));
    }

    private void restore(byte[] expected, long at, long count) {
        System.arraycopy(after, (int) at, expected, (int) at, (int) count);
    }

    private String place(int at) {
        for (int i = 0; i < inputAt.length; i++) {
            long end = inputAt[i] + inputs.get(i).type().bytes();
            if (at >= inputAt[i] && at < end) {
                return "byte " + (at - inputAt[i]) + " of input " + i;
            }
        }
        StringBuilder place = new StringBuilder("byte ").append(at).append(" of the range: ");
        nearest(place, at, inputAt, inputs.stream().map(Value::type).toList(), "input ");
        nearest(place, at, outputAt, outputTypes, "output ");
        return place.append("workspace ends at ")
                .append(workspaceAt + workspaceBytes)
                .toString();
    }

    private static void nearest(StringBuilder place, int at, long[] offsets, List<TensorType> types, String name) {
        for (int i = 0; i < offsets.length; i++) {
            long end = offsets[i] + types.get(i).bytes();
            if (at >= end && at < end + 2 * GUARD) {
                place.append(at - end + 1)
                        .append(" behind the end of ")
                        .append(name)
                        .append(i)
                        .append(", ");
            }
            if (at < offsets[i] && at >= offsets[i] - GUARD) {
                place.append(offsets[i] - at)
                        .append(" before ")
                        .append(name)
                        .append(i)
                        .append(", ");
            }
        }
    }
}
