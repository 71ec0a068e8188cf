package dev.javelin.communicator.host;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.Set;

/**
 * The sum of N arrays, element by element, by the balanced binary tree over their index: neighbours are added first, and
 * an odd one is carried up, so that of five it is ((0+1)+(2+3))+4. Each addition is in the element's own type; of BF16
 * and F16 it is done in float and rounded to the nearest, the even one of two, and any NaN becomes the one quiet NaN.
 *
 * <p>Bits depend on nothing but the values: not on the cut into ranges, the alignment or the length.
 *
 * <p>Two, three and four arrays (two of BF16 and F16) take one pass over memory. More are taken in blocks that stay in the cache: left and
 * right branch of the tree go to scratch memory and are added from there.
 *
 * <p>Threads: one at a time.
 */
public final class TreeSum {
    /** Four sources and a target of this size fit the first-level cache together. */
    private static final int BLOCK_BYTES = 4096;

    private static final Map<DType, Adder> ADDERS = Map.of(
            DType.FLOAT64, new Float64Adder(),
            DType.FLOAT32, new Float32Adder(),
            DType.BFLOAT16, new BFloat16Adder(),
            DType.FLOAT16, new Float16Adder(),
            DType.INT64, new Int64Adder(),
            DType.INT32, new Int32Adder());

    /** Element types that are added. */
    public static final Set<DType> TYPES = ADDERS.keySet();

    /** Two blocks for each level of the tree. */
    private final MemorySegment scratch;

    /** @param sources most arrays that it will be asked to add */
    public TreeSum(int sources) {
        int levels = 32 - Integer.numberOfLeadingZeros(Math.max(1, sources - 1));
        scratch = Arena.ofAuto().allocate(2L * levels * BLOCK_BYTES, BLOCK_BYTES);
    }

    /**
     * {@code target[i]} becomes the sum of {@code sources[0][i], sources[1][i], ...}.
     *
     * @param sources addresses, at least one, in the order of ranks
     * @param target address; may be one of the sources, and overlaps none of them otherwise
     * @throws JavelinException {@code JVL-COM-0001} for a type that is not in {@link #TYPES}
     */
    public void sum(DType dtype, long[] sources, long target, long elements) {
        Adder adder = requireSummable(dtype);
        if (sources.length == 1) {
            if (sources[0] != target) {
                HostMemory.copy(sources[0], target, elements * dtype.bytes());
            }
        } else if (sources.length <= adder.most()) {
            leaf(adder, sources, 0, sources.length, 0, target, elements);
        } else {
            long block = BLOCK_BYTES / dtype.bytes();
            for (long begin = 0; begin < elements; begin += block) {
                long offset = begin * dtype.bytes();
                long count = Math.min(block, elements - begin);
                branch(adder, sources, 0, sources.length, offset, target + offset, scratch.address(), count);
            }
            Reference.reachabilityFence(scratch);
        }
    }

    static Adder requireSummable(DType dtype) {
        Adder adder = ADDERS.get(dtype);
        if (adder == null) {
            throw new JavelinException(
                    "JVL-COM-0001", "a sum over ranks of " + dtype.label(), "use one of F64, F32, BF16, F16, I64, I32");
        }
        return adder;
    }

    /** Sums so many sources from the first on, a block of them at an offset, with scratch from an address on. */
    private static void branch(
            Adder adder, long[] sources, int first, int count, long offset, long target, long free, long elements) {
        if (count <= adder.most()) {
            leaf(adder, sources, first, count, offset, target, elements);
            return;
        }
        int left = Integer.highestOneBit(count - 1); // the largest power of two below: a full subtree
        int right = count - left;
        long above = free + 2 * BLOCK_BYTES;
        branch(adder, sources, first, left, offset, free, above, elements);
        long other = sources[first + left] + offset;
        if (right > 1) {
            other = free + BLOCK_BYTES;
            branch(adder, sources, first + left, right, offset, other, above, elements);
        }
        adder.two(free, other, target, elements);
    }

    private static void leaf(
            Adder adder, long[] sources, int first, int count, long offset, long target, long elements) {
        long a = sources[first] + offset;
        long b = sources[first + 1] + offset;
        switch (count) {
            case 2 -> adder.two(a, b, target, elements);
            case 3 -> adder.three(a, b, sources[first + 2] + offset, target, elements);
            default -> adder.four(a, b, sources[first + 2] + offset, sources[first + 3] + offset, target, elements);
        }
    }
}
