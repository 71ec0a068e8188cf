package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.AttentionShape;
import dev.javelin.spi.kernel.Instruction;

/**
 * The gradient of attention: first the dot products D of dy and y, then the gradient of each query, then that of each
 * key and value. Probabilities are computed again wherever they are needed.
 *
 * <p>Workspace, FLOAT64: D [B, H, T], then a list of probabilities and a list of score gradients, each as long as the
 * queries that read one key: T positions of H/K heads.
 */
final class AttentionGradientLoops {
    private final AttentionShape shape;
    private final Elements elements;
    private final Elements sums;
    private final long packed;
    private final long y;
    private final long rowSums;
    private final long dy;
    private final long rowDots;
    private final long probabilities;
    private final long scoreGradients;

    private AttentionGradientLoops(
            AttentionShape shape, Elements elements, Elements sums, long[] inputs, long workspace) {
        this.shape = shape;
        this.elements = elements;
        this.sums = sums;
        this.packed = inputs[0];
        this.y = inputs[1];
        this.rowSums = inputs[2];
        this.dy = inputs[3];
        this.rowDots = workspace;
        this.probabilities = rowDots + shape.batches() * shape.heads() * shape.positions() * 8;
        this.scoreGradients = probabilities + shape.group() * shape.positions() * 8;
    }

    static KernelChoice gradient(Instruction<AttentionGradient> instruction) {
        AttentionShape shape = AttentionShape.of(instruction.operation().forward(), instruction.input(0));
        Elements elements = Elements.of(instruction.dtype(0));
        Elements sums = Elements.of(instruction.dtype(2));
        long doubles = (shape.batches() * shape.heads() + 2L * shape.group()) * shape.positions();
        KernelPlan plan = KernelPlan.of(shape.flops(5), instruction.bytes()).withWorkspaceBytes(doubles * 8);
        return KernelChoice.of(
                plan,
                (queue, inputs, outputs, workspace) ->
                        new AttentionGradientLoops(shape, elements, sums, inputs, workspace).run(outputs[0]));
    }

    private void run(long dPacked) {
        for (long b = 0; b < shape.batches(); b++) {
            for (int h = 0; h < shape.heads(); h++) {
                for (long i = 0; i < shape.positions(); i++) {
                    Memory.setDouble(rowDots + shape.rowSum(b, h, i) * 8, rowDot(b, h, i));
                    query(dPacked, b, h, i);
                }
            }
            for (int head = 0; head < shape.kvHeads(); head++) {
                for (long j = 0; j < shape.positions(); j++) {
                    keyAndValue(dPacked, b, head * shape.group(), j);
                }
            }
        }
    }

    /** Σ dy · y of one query. */
    private double rowDot(long b, int h, long i) {
        long at = shape.output(b, h, i);
        double dot = 0;
        for (long d = 0; d < shape.width(); d++) {
            dot += elements.get(dy, at + d) * elements.get(y, at + d);
        }
        return dot;
    }

    private double probability(long b, int h, long i, long j) {
        double score = AttentionLoops.score(shape, elements, packed, b, h, i, j);
        return StrictMath.exp(score - sums.get(rowSums, shape.rowSum(b, h, i)));
    }

    /** Gradient of the unscaled score of query i and key j, whose probability is p. */
    private double scoreGradient(double p, long b, int h, long i, long j) {
        double dp = 0;
        for (long d = 0; d < shape.width(); d++) {
            dp += elements.get(dy, shape.output(b, h, i) + d) * elements.get(packed, shape.value(b, h, j) + d);
        }
        return p * (dp - Memory.getDouble(rowDots + shape.rowSum(b, h, i) * 8)) * shape.scale();
    }

    private void query(long dPacked, long b, int h, long i) {
        long seen = shape.seen(i);
        for (long j = 0; j < seen; j++) {
            double gradient = scoreGradient(probability(b, h, i, j), b, h, i, j);
            Memory.setDouble(scoreGradients + j * 8, gradient);
        }
        for (long d = 0; d < shape.width(); d++) {
            double dq = 0;
            for (long j = 0; j < seen; j++) {
                dq += Memory.getDouble(scoreGradients + j * 8) * elements.get(packed, shape.key(b, h, j) + d);
            }
            elements.set(dPacked, shape.query(b, h, i) + d, dq);
        }
    }

    /** Sums over the group of query heads from {@code first} on, and over the positions that see j. */
    private void keyAndValue(long dPacked, long b, int first, long j) {
        long from = shape.causal() ? j : 0;
        long count = shape.positions() - from;
        for (int g = 0; g < shape.group(); g++) {
            for (long n = 0; n < count; n++) {
                double p = probability(b, first + g, from + n, j);
                long slot = (g * count + n) * 8;
                Memory.setDouble(probabilities + slot, p);
                Memory.setDouble(scoreGradients + slot, scoreGradient(p, b, first + g, from + n, j));
            }
        }
        for (long d = 0; d < shape.width(); d++) {
            double dk = 0;
            double dv = 0;
            for (int g = 0; g < shape.group(); g++) {
                for (long n = 0; n < count; n++) {
                    long slot = (g * count + n) * 8;
                    double q = elements.get(packed, shape.query(b, first + g, from + n) + d);
                    dk += Memory.getDouble(scoreGradients + slot) * q;
                    dv += Memory.getDouble(probabilities + slot)
                            * elements.get(dy, shape.output(b, first + g, from + n) + d);
                }
            }
            elements.set(dPacked, shape.key(b, first, j) + d, dk);
            elements.set(dPacked, shape.value(b, first, j) + d, dv);
        }
    }
}
