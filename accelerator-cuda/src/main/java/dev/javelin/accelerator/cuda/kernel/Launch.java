package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.accelerator.cuda.kernel.Parameter.Address;
import dev.javelin.accelerator.cuda.kernel.Parameter.Operand;
import dev.javelin.accelerator.cuda.kernel.Parameter.Struct;
import dev.javelin.accelerator.cuda.kernel.Parameter.Word;
import dev.javelin.api.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One launch of an entry of our own CUDA C, as pure data. The parameters are given in the order of the entry's list:
 *
 * <pre>{@code
 * // extern "C" __global__ void add_f32(const float* a, const float* b, float* y, long long n)
 * Launch.of("elementwise", "add", DType.FLOAT32).over(n, 256).input(0).input(1).output(0).words(n)
 * }</pre>
 *
 * <p>The grid follows from shapes alone, never from the GPU, so that results have the same bits everywhere. A grid of 0
 * blocks launches nothing.
 *
 * @param family the file: {@code src/main/cuda/FAMILY.cu} and, beside this module's classes, {@code ptx/FAMILY.ptx}
 * @param entry the function's name
 * @param sharedBytes dynamic shared memory of a block; more than 48 KiB is asked for when the kernel is readied
 */
public record Launch(
        String family, String entry, Extent grid, Extent block, int sharedBytes, List<Parameter> parameters)
        implements Step {
    private static final long MOST_BLOCKS_X = Integer.MAX_VALUE;
    private static final int MOST_BLOCKS_YZ = 65_535;
    private static final int MOST_THREADS = 1024;

    /** Blocks of a grid, or threads of a block. */
    public record Extent(int x, int y, int z) {}

    public Launch {
        parameters = List.copyOf(parameters);
        if (grid.x < 0 || grid.y < 0 || grid.z < 0 || grid.y > MOST_BLOCKS_YZ || grid.z > MOST_BLOCKS_YZ) {
            throw new IllegalArgumentException(entry + ": grid " + grid);
        }
        if (block.x < 1 || block.y < 1 || block.z < 1 || (long) block.x * block.y * block.z > MOST_THREADS) {
            throw new IllegalArgumentException(entry + ": block " + block);
        }
    }

    /** An entry, to be given a grid and parameters. */
    public static Launch of(String family, String entry) {
        return new Launch(family, entry, new Extent(1, 1, 1), new Extent(1, 1, 1), 0, List.of());
    }

    /** The entry {@code NAME_TYPE}. */
    public static Launch of(String family, String name, DType dtype) {
        return of(family, name + "_" + suffix(dtype));
    }

    /** What the names of entries end in: {@code f64 f32 bf16 f16 i64 i32 u8 bool}. */
    public static String suffix(DType dtype) {
        return switch (dtype) {
            case FLOAT64 -> "f64";
            case FLOAT32 -> "f32";
            case BFLOAT16 -> "bf16";
            case FLOAT16 -> "f16";
            case INT64 -> "i64";
            case INT32 -> "i32";
            case UINT8 -> "u8";
            case BOOL -> "bool";
        };
    }

    /** A row of so many blocks. */
    public Launch grid(long x) {
        return grid(x, 1, 1);
    }

    public Launch grid(long x, long y, long z) {
        if (x > MOST_BLOCKS_X || y > MOST_BLOCKS_YZ || z > MOST_BLOCKS_YZ) {
            throw new IllegalArgumentException(entry + ": a grid of " + x + " x " + y + " x " + z + " blocks");
        }
        return new Launch(family, entry, new Extent((int) x, (int) y, (int) z), block, sharedBytes, parameters);
    }

    public Launch block(int x) {
        return block(x, 1, 1);
    }

    public Launch block(int x, int y, int z) {
        return new Launch(family, entry, grid, new Extent(x, y, z), sharedBytes, parameters);
    }

    /** One thread for each item, in blocks of so many threads; {@code blockIdx.x * blockDim.x + threadIdx.x} is the item. */
    public Launch over(long items, int threads) {
        return block(threads).grid(Math.ceilDiv(items, threads));
    }

    /** Dynamic shared memory of a block. */
    public Launch shared(int bytes) {
        return new Launch(family, entry, grid, block, bytes, parameters);
    }

    /** The address of an input. */
    public Launch input(int index) {
        return with(new Address(Operand.INPUT, index, 0));
    }

    /** The address of an output. */
    public Launch output(int index) {
        return with(new Address(Operand.OUTPUT, index, 0));
    }

    /** The address of an input or output, behind so many bytes. */
    public Launch address(Operand operand, int index, long offsetBytes) {
        return with(new Address(operand, index, offsetBytes));
    }

    /** The address of the workspace, behind so many bytes: multiples of 256, so that parts of it are aligned. */
    public Launch workspace(long offsetBytes) {
        return with(new Address(Operand.WORKSPACE, 0, offsetBytes));
    }

    /** A {@code void*} that is null, for an operand that the instruction lacks. */
    public Launch nothing() {
        return words(0);
    }

    /** One {@code long long} each. */
    public Launch words(long... values) {
        Launch all = this;
        for (long value : values) {
            all = all.with(new Word(value));
        }
        return all;
    }

    /** One {@code double} each. */
    public Launch reals(double... values) {
        Launch all = this;
        for (double value : values) {
            all = all.with(new Word(Double.doubleToRawLongBits(value)));
        }
        return all;
    }

    /** A struct of {@code long long} fields, by value. */
    public Launch struct(long... words) {
        return with(new Struct(Arrays.stream(words).boxed().toList()));
    }

    private Launch with(Parameter parameter) {
        List<Parameter> all = new ArrayList<>(parameters);
        all.add(parameter);
        return new Launch(family, entry, grid, block, sharedBytes, all);
    }

    /** True if there is nothing to do. */
    public boolean empty() {
        return grid.x == 0 || grid.y == 0 || grid.z == 0;
    }

    @Override
    public Work ready(Device device) {
        return empty() ? (stream, inputs, outputs, workspace) -> {} : ReadyLaunch.of(this, device);
    }
}
