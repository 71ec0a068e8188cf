package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.operation.Attention;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.AttentionShape;
import dev.javelin.spi.kernel.Instruction;

/**
 * Attention, one query position at a time. The workspace holds one row of probabilities as FLOAT64.
 *
 * <p>b batch, h query head, i query position, j key position, d position within a head.
 */
final class AttentionLoops {
    private final AttentionShape shape;
    private final Elements elements;
    private final Elements sums;

    private AttentionLoops(AttentionShape shape, Elements elements, Elements sums) {
        this.shape = shape;
        this.elements = elements;
        this.sums = sums;
    }

    static KernelChoice forward(Instruction<Attention> instruction) {
        AttentionShape shape = AttentionShape.of(instruction.operation(), instruction.input(0));
        AttentionLoops loops = new AttentionLoops(
                shape,
                Elements.of(instruction.dtype(0)),
                Elements.of(instruction.output(1).dtype()));
        KernelPlan plan = KernelPlan.of(shape.flops(2), instruction.bytes()).withWorkspaceBytes(shape.positions() * 8);
        return KernelChoice.of(plan, (queue, inputs, outputs, workspace) -> {
            for (long b = 0; b < shape.batches(); b++) {
                for (int h = 0; h < shape.heads(); h++) {
                    for (long i = 0; i < shape.positions(); i++) {
                        loops.query(inputs[0], outputs, workspace, b, h, i);
                    }
                }
            }
        });
    }

    private void query(long packed, long[] outputs, long row, long b, int h, long i) {
        long seen = shape.seen(i);
        double max = Double.NEGATIVE_INFINITY;
        for (long j = 0; j < seen; j++) {
            double score = score(shape, elements, packed, b, h, i, j);
            Memory.setDouble(row + j * 8, score);
            max = Math.max(max, score);
        }
        double sum = 0;
        for (long j = 0; j < seen; j++) {
            double exponential = StrictMath.exp(Memory.getDouble(row + j * 8) - max);
            Memory.setDouble(row + j * 8, exponential);
            sum += exponential;
        }
        sums.set(outputs[1], shape.rowSum(b, h, i), max + StrictMath.log(sum));
        for (long d = 0; d < shape.width(); d++) {
            double y = 0;
            for (long j = 0; j < seen; j++) {
                y += Memory.getDouble(row + j * 8) / sum * elements.get(packed, shape.value(b, h, j) + d);
            }
            elements.set(outputs[0], shape.output(b, h, i) + d, y);
        }
    }

    /** Query i times key j, scaled. */
    static double score(AttentionShape shape, Elements elements, long packed, long b, int h, long i, long j) {
        long q = shape.query(b, h, i);
        long k = shape.key(b, h, j);
        double dot = 0;
        for (long d = 0; d < shape.width(); d++) {
            dot += elements.get(packed, q + d) * elements.get(packed, k + d);
        }
        return dot * shape.scale();
    }
}
