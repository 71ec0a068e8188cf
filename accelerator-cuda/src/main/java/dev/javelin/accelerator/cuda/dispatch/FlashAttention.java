package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.accelerator.cuda.kernel.Parameter.Operand;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.AttentionShape;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Attention without scores in memory: the family {@code flash}, for elements of 16 bits and heads up to 128 wide. Memory
 * beside inputs and outputs: none forward, one FLOAT32 per row backward.
 */
public final class FlashAttention {
    private static final String FAMILY = "flash";
    private static final int THREADS = 128;
    private static final int ROWS = 64;
    private static final int WARP = 32;
    private static final int ROW_PADDING = 8;
    private static final int[] WIDTHS = {32, 64, 128};
    private static final int WIDE = 64;

    private FlashAttention() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(Attention.class, FlashAttention::forward)
                .with(AttentionGradient.class, FlashAttention::gradient);
    }

    /** The width of a tile's heads, where a choice is one of these kernels. */
    public static OptionalInt width(Operation operation, List<TensorType> inputs, KernelChoice choice) {
        if (choice.steps().isEmpty()
                || !(choice.steps().getFirst() instanceof Launch launch)
                || !launch.family().equals(FAMILY)) {
            return OptionalInt.empty();
        }
        Attention forward =
                operation instanceof AttentionGradient gradient ? gradient.forward() : (Attention) operation;
        return OptionalInt.of(tileWidth(AttentionShape.of(forward, inputs.getFirst())));
    }

    private static Optional<KernelChoice> forward(Instruction<Attention> instruction) {
        AttentionShape shape = AttentionShape.of(instruction.operation(), instruction.input(0));
        DType dtype = instruction.dtype(0);
        if (!fits(shape, dtype, instruction.output(1))) {
            return Optional.empty();
        }
        int width = tileWidth(shape);
        Launch launch = over("flash_attention", shape, dtype, shape.heads())
                .shared(3 * ROWS * rowBytes(width))
                .input(0)
                .output(0)
                .output(1);
        return Optional.of(KernelChoice.of(KernelPlan.of(shape.flops(2), instruction.bytes()), extents(launch, shape)));
    }

    private static Optional<KernelChoice> gradient(Instruction<AttentionGradient> instruction) {
        AttentionShape shape = AttentionShape.of(instruction.operation().forward(), instruction.input(0));
        DType dtype = instruction.dtype(0);
        if (!fits(shape, dtype, instruction.input(2))) {
            return Optional.empty();
        }
        long rows = shape.batches() * shape.positions() * shape.heads();
        Launch dots = Launch.of(FAMILY, "flash_row_dots", dtype)
                .over(rows * WARP, THREADS)
                .input(1)
                .input(3)
                .workspace(0)
                .struct(words(shape))
                .words(rows);
        KernelPlan plan = KernelPlan.of(shape.flops(7), instruction.bytes()).withWorkspaceBytes(rows * Float.BYTES);
        return Optional.of(KernelChoice.of(
                plan,
                dots,
                pass("flash_key_gradients", shape, dtype, shape.kvHeads()),
                pass("flash_query_gradients", shape, dtype, shape.heads())));
    }

    /** One of the two passes: a block keeps 64 rows of two matrices, and so many of two others pass by. */
    private static Launch pass(String name, AttentionShape shape, DType dtype, int heads) {
        int width = tileWidth(shape);
        int passing = width > WIDE ? ROWS / 2 : ROWS;
        Launch launch = over(name, shape, dtype, heads)
                .shared(2 * (ROWS + passing) * rowBytes(width) + 2 * passing * Float.BYTES)
                .input(0)
                .input(2)
                .input(3)
                .workspace(0)
                .address(Operand.OUTPUT, 0, 0);
        return extents(launch, shape);
    }

    /** A block for each 64 positions of each head. */
    private static Launch over(String name, AttentionShape shape, DType dtype, int heads) {
        long tiles = Math.ceilDiv(shape.positions(), ROWS);
        return Launch.of(FAMILY, name + "_" + tileWidth(shape), dtype)
                .block(THREADS)
                .grid(tiles * shape.batches() * heads);
    }

    private static Launch extents(Launch launch, AttentionShape shape) {
        return launch.struct(words(shape)).reals(shape.scale());
    }

    private static long[] words(AttentionShape shape) {
        return new long[] {shape.positions(), shape.heads(), shape.kvHeads(), shape.width(), shape.causal() ? 1 : 0};
    }

    private static boolean fits(AttentionShape shape, DType dtype, TensorType rowSums) {
        return (dtype == DType.BFLOAT16 || dtype == DType.FLOAT16)
                && rowSums.dtype() == DType.FLOAT32
                && rowSums.elements() > 0
                && shape.width() > 0
                && shape.width() <= WIDTHS[WIDTHS.length - 1];
    }

    /** The width of a head in a tile: the next one that there are kernels for. */
    private static int tileWidth(AttentionShape shape) {
        int at = 0;
        while (WIDTHS[at] < shape.width()) {
            at++;
        }
        return WIDTHS[at];
    }

    private static int rowBytes(int width) {
        return (width + ROW_PADDING) * Short.BYTES;
    }
}
