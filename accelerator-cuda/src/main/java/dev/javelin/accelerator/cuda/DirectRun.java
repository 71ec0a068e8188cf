package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.driver.HostPointer;
import dev.javelin.accelerator.cuda.driver.OutOfDeviceMemory;
import dev.javelin.accelerator.cuda.driver.Stream;
import dev.javelin.accelerator.cuda.kernel.Device;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs one operation by itself and waits for it. Its memory is taken from the driver and given back before it returns, and
 * counts in no plan.
 */
final class DirectRun implements FlashCheck.Runner {
    private final CudaPlanner planner;
    private final Device device;
    private final Stream stream;

    DirectRun(CudaPlanner planner, Device device, Stream stream) {
        this.planner = planner;
        this.device = device;
        this.stream = stream;
    }

    @Override
    public List<float[]> run(Operation operation, List<TensorType> types, List<float[]> inputs) {
        List<TensorType> outputs = operation.infer(types);
        KernelChoice choice = planner.choose(operation, types, outputs).orElseThrow();
        long[] in = new long[types.size()];
        long[] out = new long[outputs.size()];
        long end = place(types, 0, in);
        end = place(outputs, end, out);
        long workspace = end;
        end += choice.plan().workspaceBytes();
        long base = allocate(end);
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < in.length; i++) {
                in[i] += base;
                MemorySegment bytes = encode(inputs.get(i), types.get(i).dtype(), arena);
                driver().copyToDevice(new HostPointer(bytes.address()), in[i], bytes.byteSize(), stream);
            }
            for (int o = 0; o < out.length; o++) {
                out[o] += base;
            }
            for (Step step : choice.steps()) {
                step.ready(device).enqueue(stream, in, out, base + workspace);
            }
            List<float[]> results = new ArrayList<>();
            for (int o = 0; o < out.length; o++) {
                MemorySegment bytes = arena.allocate(outputs.get(o).bytes(), Long.BYTES);
                driver().copyToHost(out[o], new HostPointer(bytes.address()), bytes.byteSize(), stream);
                driver().synchronize(stream);
                results.add(decode(bytes, outputs.get(o)));
            }
            return results;
        } finally {
            driver().free(base);
        }
    }

    private Driver driver() {
        return device.driver();
    }

    private long allocate(long bytes) {
        try {
            return driver().allocate(bytes);
        } catch (OutOfDeviceMemory e) {
            throw new JavelinException(
                    "JVL-MEM-0001",
                    "the GPU has not the " + bytes + " bytes free that checking its kernels takes",
                    "end other processes on the GPU",
                    e);
        }
    }

    private static long place(List<TensorType> types, long from, long[] offsets) {
        long end = from;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = end;
            end += Math.ceilDiv(types.get(i).bytes(), CudaPlanner.ALIGNMENT_BYTES) * CudaPlanner.ALIGNMENT_BYTES;
        }
        return end;
    }

    /** Numbers that are exact in the type. */
    private static MemorySegment encode(float[] values, DType dtype, Arena arena) {
        MemorySegment bytes = arena.allocate((long) values.length * dtype.bytes(), Long.BYTES);
        for (int i = 0; i < values.length; i++) {
            switch (dtype) {
                case BFLOAT16 ->
                    bytes.setAtIndex(
                            ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(values[i]) >>> Short.SIZE));
                case FLOAT16 -> bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(values[i]));
                default -> bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
            }
        }
        return bytes;
    }

    private static float[] decode(MemorySegment bytes, TensorType type) {
        float[] values = new float[(int) type.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (type.dtype()) {
                case BFLOAT16 -> Float.intBitsToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT, i) << Short.SIZE);
                case FLOAT16 -> Float.float16ToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT, i));
                default -> bytes.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            };
        }
        return values;
    }
}
