package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.CacheShape;
import dev.javelin.spi.kernel.Instruction;

/** Rows written into a cache, and attention over one. The workspace holds one row of probabilities as FLOAT64. */
final class Caches {
    private final CacheShape shape;
    private final Elements elements;

    private Caches(CacheShape shape, Elements elements) {
        this.shape = shape;
        this.elements = elements;
    }

    static KernelChoice write(Instruction<CacheWrite> instruction) {
        CacheShape shape = CacheShape.of(instruction);
        int size = instruction.dtype(0).bytes();
        long bytes = shape.width() * size;
        KernelPlan plan = KernelPlan.of(0, 2.0 * instruction.input(1).bytes());
        return KernelChoice.of(plan, (queue, inputs, outputs, workspace) -> {
            for (long b = 0; b < shape.batches(); b++) {
                for (long t = 0; t < shape.tokens(); t++) {
                    int position = Memory.getInt(inputs[2] + (b * shape.tokens() + t) * 4);
                    for (int k = 0; position >= 0 && position < shape.capacity() && k < shape.kvHeads(); k++) {
                        long from = inputs[1] + shape.row(b, t, k) * size;
                        Memory.copy(from, outputs[0] + shape.cached(b, k, position) * size, bytes);
                    }
                }
            }
        });
    }

    static KernelChoice attention(Instruction<CachedAttention> instruction) {
        CacheShape shape = CacheShape.ofQueries(instruction);
        Caches loops = new Caches(shape, Elements.of(instruction.dtype(0)));
        KernelPlan plan =
                KernelPlan.of(shape.flops(), instruction.bytes()).withWorkspaceBytes(Math.max(8, shape.capacity() * 8));
        return KernelChoice.of(plan, (queue, inputs, outputs, workspace) -> {
            for (long b = 0; b < shape.batches(); b++) {
                for (long t = 0; t < shape.tokens(); t++) {
                    int position = Memory.getInt(inputs[3] + (b * shape.tokens() + t) * 4);
                    for (int h = 0; h < shape.heads(); h++) {
                        loops.query(inputs, outputs[0], workspace, b, t, h, shape.seen(position));
                    }
                }
            }
        });
    }

    private void query(long[] inputs, long output, long row, long b, long t, int h, long seen) {
        int k = h / shape.group();
        double max = Double.NEGATIVE_INFINITY;
        for (long j = 0; j < seen; j++) {
            double dot = 0;
            for (long d = 0; d < shape.width(); d++) {
                dot += elements.get(inputs[0], shape.row(b, t, h) + d)
                        * elements.get(inputs[1], shape.cached(b, k, j) + d);
            }
            Memory.setDouble(row + j * 8, dot * shape.scale());
            max = Math.max(max, dot * shape.scale());
        }
        double sum = 0;
        for (long j = 0; j < seen; j++) {
            double exponential = StrictMath.exp(Memory.getDouble(row + j * 8) - max);
            Memory.setDouble(row + j * 8, exponential);
            sum += exponential;
        }
        for (long d = 0; d < shape.width(); d++) {
            double y = 0;
            for (long j = 0; j < seen; j++) {
                y += Memory.getDouble(row + j * 8) / sum * elements.get(inputs[2], shape.cached(b, k, j) + d);
            }
            elements.set(output, shape.row(b, t, h) + d, y);
        }
    }
}
